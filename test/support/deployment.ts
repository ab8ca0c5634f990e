/** A literal deployment for tests, as GetDeployment would give it. */
import type { Deployment } from '../../src/core/deployment.ts';
import type { Instant } from '../../src/core/time.ts';

export function deploymentAt(startedAt: Instant, change: Partial<Deployment> = {}): Deployment {
  return {
    ref: { target: 'main', region: 'eu-west-1', applicationId: 'app1234', environmentId: 'env1234', number: 12 },
    account: '111122223333',
    application: { id: 'app1234', name: 'checkout' },
    environment: { id: 'env1234', name: 'prod' },
    profile: { id: 'pro1234', name: 'flags' },
    version: '7',
    type: 'USER',
    state: 'DEPLOYING',
    percentage: 20,
    startedAt,
    growthType: 'LINEAR',
    growthFactor: 20,
    durationMinutes: 10,
    bakeMinutes: 10,
    events: [
      {
        type: 'DEPLOYMENT_STARTED',
        triggeredBy: 'USER',
        description: 'Deployment started',
        at: startedAt,
        actions: [],
      },
      {
        type: 'PERCENTAGE_UPDATED',
        triggeredBy: 'APPCONFIG',
        description: 'Configuration available to 20.00% of clients',
        at: startedAt,
        actions: [],
      },
    ],
    ...change,
  };
}

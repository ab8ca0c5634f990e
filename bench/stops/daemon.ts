/** The process that stops: the daemon, then the bare SDK, in turn, each a deployment of its own. */
import { AppConfigClient, StopDeploymentCommand } from '@aws-sdk/client-appconfig';
import { handClock, startUnderTest } from '../support/daemon.ts';

const [, , folder = '', rounds = '0'] = process.argv;
const POLICY = {
  version: 1,
  targets: [{ region: 'eu-west-1', account: '111122223333' }],
  poll: '*/15 * * * * *',
  // The bench stops once a minute of its clock.
  limits: { stops: 1_000, per: '1s' },
  policies: [
    {
      name: 'p',
      match: { application: '*', environment: '*' },
      mode: 'enforce',
      preExisting: 'stop',
      verify: { for: '0s' },
      rules: [
        {
          name: 'errors',
          source: { kind: 'cloudwatch', period: '60s', metrics: { e: { namespace: 'N', metric: 'E', stat: 'Sum' } } },
          judge: { kind: 'threshold', above: 1, breaching: '2 of 3' },
        },
      ],
    },
  ],
};

const clock = handClock(Date.UTC(2026, 10, 22, 12, 0, 5));
const { daemon, settled } = startUnderTest(POLICY, folder, clock);
await settled();
const bare = new AppConfigClient({ region: 'eu-west-1' });
const sent: string[] = [];
for (let round = 0; round < Number(rounds); round++) {
  clock.advance(60_000);
  await (await fetch(new URL('/next', process.env.AWS_ENDPOINT_URL))).text();
  // The first pass finds it and stops it, the second releases it.
  await daemon.pass();
  while (daemon.state().stopsInFlight > 0) await new Promise((resolve) => setImmediate(resolve));
  await daemon.pass();
  const left = daemon.state().watches.length;
  if (left > 0) throw new Error(`${left} watches were not released in round ${round}`);
  sent.push(String(process.hrtime.bigint()));
  await bare.send(new StopDeploymentCommand({ ApplicationId: 'bare', EnvironmentId: 'bare', DeploymentNumber: 1 }));
}
process.stdout.write(`${JSON.stringify(sent)}\n`);
process.exit(0);

/** The account of the large benchmark: so many environments that all deploy, five rules of two metrics each. */

export interface Shape {
  readonly applications: number;
  readonly environmentsEach: number;
  readonly rules: number;
}

/** What AWS allows by default, 100 applications of 20 environments, and the rules the issue of this benchmark names. */
export const FULL: Shape = { applications: 100, environmentsEach: 20, rules: 5 };

export const REGION = 'eu-west-1';
const NAMESPACE = 'Shop';
/** The metrics of one rule, by their names in its expression. */
const METRICS = { errors: 'Errors', requests: 'Requests' } as const;

const id = (prefix: string, index: number) => `${prefix}${String(index).padStart(4, '0')}`;

export function applicationsOf({ applications }: Shape): readonly string[] {
  return Array.from({ length: applications }, (_, index) => id('a', index));
}

export function environmentsOf({ environmentsEach }: Shape): readonly string[] {
  return Array.from({ length: environmentsEach }, (_, index) => id('e', index));
}

/** Application and environment of each deployment. */
export function placesOf(shape: Shape): readonly (readonly [string, string])[] {
  return applicationsOf(shape).flatMap((application) =>
    environmentsOf(shape).map((environment) => [application, environment] as const),
  );
}

function ruleOf(service: string) {
  const metric = (name: string) => ({
    ...{ namespace: NAMESPACE, metric: name, stat: 'Sum' },
    dimensions: { Service: service },
  });
  const metrics = Object.fromEntries(Object.entries(METRICS).map(([name, of]) => [name, metric(of)]));
  return {
    name: service.split('-').at(-1) ?? service,
    source: { kind: 'cloudwatch', period: '60s', metrics, expression: '100 * errors / requests' },
    judge: { kind: 'threshold', above: 50, breaching: '2 of 3' },
  };
}

/** The policy file: a policy for each environment, since each has metrics of its own. */
export function policiesOf(shape: Shape) {
  return {
    version: 1,
    targets: [{ region: REGION, account: '111122223333' }],
    poll: '*/15 * * * * *',
    policies: placesOf(shape).map(([application, environment]) => ({
      name: `${application}-${environment}`,
      match: { application, environment },
      mode: 'enforce',
      rules: Array.from({ length: shape.rules }, (_, rule) => ruleOf(`${application}-${environment}-r${rule}`)),
    })),
  };
}

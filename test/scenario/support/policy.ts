/** Policy files of the scenarios: one that watches the shop's error rate, and changes to it. */

interface Shape {
  readonly [key: string]: unknown;
}

/** 100 * errors / requests of the shop, above 1 in 2 of 3 minutes. */
export const ERROR_RATE = {
  name: 'error-rate',
  source: {
    kind: 'cloudwatch',
    period: '60s',
    metrics: {
      errors: { namespace: 'Shop', metric: 'Errors', stat: 'Sum' },
      requests: { namespace: 'Shop', metric: 'Requests', stat: 'Sum' },
    },
    expression: '100 * errors / requests',
  },
  judge: { kind: 'threshold', above: 1, breaching: '2 of 3' },
};

/** Another metric of the shop above a bound in 1 of 1 minutes. */
export function metricAbove(name: string, metric: string, above: number, change: Shape = {}, stat = 'Average'): Shape {
  return {
    name,
    source: { kind: 'cloudwatch', period: '60s', metrics: { m: { namespace: 'Shop', metric, stat } }, expression: 'm' },
    judge: { kind: 'threshold', above, breaching: '1 of 1' },
    ...change,
  };
}

export function alarmRule(names: readonly string[], change: Shape = {}): Shape {
  return { name: 'pager', trigger: { kind: 'alarm', names, ...change } };
}

export function aPolicy(change: Shape = {}): Shape {
  return {
    name: 'checkout-prod',
    match: { application: 'checkout', environment: 'prod*' },
    mode: 'enforce',
    rules: [ERROR_RATE],
    ...change,
  };
}

/** A file with these policies; `change` replaces top-level keys. YAML takes JSON. */
export function fileOf(policies: readonly Shape[], change: Shape = {}): string {
  const file = {
    version: 1,
    targets: [{ name: 'main', region: 'eu-west-1' }],
    poll: '*/15 * * * * *',
    policies,
    stop: { timeout: '300ms', budget: '2m', deadline: '10m' },
    ...change,
  };
  return JSON.stringify(file, undefined, 2);
}

/** The usual file with a changed policy. */
export function policy(change: Shape = {}, top: Shape = {}): string {
  return fileOf([aPolicy(change)], top);
}

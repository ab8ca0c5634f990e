/** Made-up services under deployment, their counts held as the source for CloudWatch holds them. */
import { randomLcg, randomPoisson } from 'd3-random';
import type { Calibration } from '../../src/core/calibration.ts';
import type { Deployment, DeploymentEvent } from '../../src/core/deployment.ts';
import type { Evidence } from '../../src/core/seams.ts';
import { columnOf } from '../../src/lib/column.ts';
import { askedOf, emptyHeld, merge } from '../../src/sources/cloudwatch/held.ts';
import { cloudwatch } from '../../src/sources/cloudwatch/index.ts';
import { questionOf } from '../../src/sources/cloudwatch/question.ts';
import { seriesOf } from '../../src/sources/cloudwatch/serve.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 22, 12);
const REQUESTS = 2_000;
const RATE = 0.005;
/** Periods that are asked again with the newest one. */
const LATE = 3;

/** Options that all judges by dose have in common. */
export const COUNTS = { metric: 'counts', events: 'errors', requests: 'requests' };

const CALIBRATED: Calibration = {
  ...{ kind: 'calibrated', etas: [0.8, 0.64], placebos: 600, falseStops: 4, met: true, at: START },
};

/** In the form of which a tick takes the longest. */
export const LEARNT: Calibration = {
  ...{ ...CALIBRATED, etas: [0, 0, 1], logNeeded: 3 },
  form: {
    kind: 'rising',
    rise: 0.01,
    learnt: { weights: Array.from({ length: 12 }, () => 0.08), offset: 0.0001, scale2: 0.1 },
  },
};

const metric = (name: string) => ({ namespace: 'Shop', metric: name, stat: 'Sum' });
const question = questionOf(
  cloudwatch.options().parse({
    kind: 'cloudwatch',
    period: '60s',
    metrics: { errors: metric('Errors'), requests: metric('Requests') },
    expression: '100 * errors / requests',
  }),
);

const entry = (type: string, minute: number, description: string): DeploymentEvent => ({
  ...{ type, triggeredBy: 'APPCONFIG', description, at: START + minute * MINUTE, actions: [] },
});

export interface Service {
  /** One minute later: what is new is asked and merged, and the evidence is as a rule puts it together. */
  minute(): Evidence;
  /** Without asking for every minute in between. */
  skipTo(minute: number): Evidence;
}

/** Harmless; linear over `length` minutes, 4 % a step. `before`: minutes of history; `calibration`: of the rule. */
export function service(number: number, length: number, before: number, calibration = CALIBRATED): Service {
  const poisson = randomPoisson.source(randomLcg(number / 10_000))(REQUESTS * RATE);
  const held = emptyHeld(question.key, question, 0, START);
  const numbers: { readonly at: number; readonly errors: number }[] = [];
  let deployment: Deployment = {
    ref: { target: 'main', region: 'eu-west-1', applicationId: 'app1', environmentId: `env${number}`, number: 1 },
    application: { id: 'app1', name: 'shop' },
    environment: { id: `env${number}`, name: `env${number}` },
    profile: { id: 'pro1', name: 'flags' },
    ...{ version: '7', type: 'USER', state: 'DEPLOYING', percentage: 0, startedAt: START },
    ...{ growthType: 'LINEAR', growthFactor: 4, durationMinutes: length, bakeMinutes: 10 },
    events: [entry('DEPLOYMENT_STARTED', 0, 'Deployment started')],
  };
  let passed = 0;

  function ask(from: number, to: number): void {
    const span = { from: START + from * MINUTE, to: START + to * MINUTE };
    const asked = numbers.filter(({ at }) => at >= span.from && at < span.to);
    const column = (of: (errors: number) => number) =>
      columnOf(asked.map(({ at, errors }) => [at, of(errors)] as const));
    const inputs = [column((errors) => errors), column(() => REQUESTS)];
    merge(held, span, askedOf(held, span, span.to), {
      points: column((errors) => (100 * errors) / REQUESTS),
      inputs,
    });
  }

  function observe(): void {
    const step = Math.floor((passed * 25) / length) * 4;
    if (step <= deployment.percentage || step > 100) return;
    const event = entry('PERCENTAGE_UPDATED', passed, `Configuration available to ${step.toFixed(2)}% of clients`);
    deployment = { ...deployment, percentage: step, events: [...deployment.events, event] };
  }

  function go(minutes: number): void {
    for (let minute = 0; minute < minutes; minute++) {
      numbers.push({ at: START + passed * MINUTE, errors: poisson() });
      passed++;
      observe();
    }
  }

  function evidence(): Evidence {
    const now = START + passed * MINUTE;
    const window = { from: START - before * MINUTE, to: now };
    return {
      ...{ deployment, now, series: [seriesOf(held, window, window, now)], calibration },
      ...{ noData: 'inconclusive', preExisting: 'ignore', settle: 0 },
    };
  }

  for (let minute = -before; minute < 0; minute++) numbers.push({ at: START + minute * MINUTE, errors: poisson() });
  return {
    minute() {
      go(1);
      ask(passed - 1 - LATE, passed);
      numbers.splice(0, Math.max(0, numbers.length - LATE - 1));
      return evidence();
    },
    skipTo(minute) {
      go(minute - passed);
      ask(-before, passed);
      return evidence();
    },
  };
}

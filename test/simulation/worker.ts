/** One process of many: runs the seeds it is sent, and makes what broke a law small. */
import { z } from 'zod';
import { type Outcome, outcomeOf } from './outcome.ts';
import { draw } from './scenario/draw.ts';
import type { Scenario } from './scenario/scenario.ts';
import { shrink } from './shrink.ts';

/** Runs spent on making one scenario small. */
const TRIES = 120;

export interface Report extends Partial<Outcome> {
  readonly seed: number;
  readonly broken: Outcome['broken'];
  /** The smallest scenario that breaks the first of the laws. */
  readonly shrunk?: Scenario;
}

async function report(seed: number): Promise<Report> {
  const scenario = draw(seed);
  try {
    const outcome = await outcomeOf(scenario);
    const [first] = outcome.broken;
    if (first === undefined) return outcome;
    const shrunk = await shrink(scenario, { law: first.law, tries: TRIES });
    return { ...outcome, shrunk: shrunk.scenario };
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { seed, broken: [{ law: 'theRunEnds', what }], shrunk: scenario };
  }
}

process.on('message', (message) => {
  void report(z.number().parse(message)).then((done) => process.send?.(done));
});

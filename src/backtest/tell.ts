/** The sentences and the JSON of a backtest. */
import { deploymentTitle } from '../core/deployment.ts';
import { formatDuration, iso } from '../core/time.ts';
import { counted, plainText } from '../lib/text.ts';
import type { Scored, Totals } from './score.ts';

export const percent = (share: number) => `${Math.round(share * 1_000) / 10} %`;
export const minuteOf = (at: number) => iso(at).replace('T', ' ').slice(0, 16);
export const minutesText = (minutes: number) => String(Math.round(minutes * 10) / 10);

/** What really became of it: `rolled back by USER`. */
export function endingText({ ending }: Scored): string {
  const how = { completed: 'completed', 'rolled-back': 'rolled back', reverted: 'reverted' }[ending.kind];
  return ending.by === undefined ? how : `${how} by ${plainText(ending.by, 40)}`;
}

export const RESULT: Readonly<Record<Scored['result'], string>> = {
  stopped: 'stopped',
  late: 'later',
  missed: 'MISSED',
  'false-stop': 'FALSE STOP',
  'left-alone': 'left alone',
};

/** Why, in one line: the rule's own sentence at the stop, or why there was none. */
export function reasonOf({ simulated }: Scored): string {
  const { stop, withheld, tooLate, rules } = simulated;
  if (stop !== undefined) return stop.because.join('; ');
  const [kept] = withheld;
  if (kept !== undefined) return `withheld (${kept.reason}): ${kept.because.join('; ')}`;
  if (tooLate !== undefined) return `complete before it could be stopped: ${tooLate.because.join('; ')}`;
  const blind = rules.filter(({ looks }) => looks.healthy + looks.breached === 0);
  if (blind.length > 0) return blind.map(({ rule, because }) => `${rule} never knew: ${because}`).join('; ');
  return 'no rule breached enough';
}

/** The totals as sentences, each of which stands by itself. */
export function totalsText(totals: Totals): readonly string[] {
  const { deployments, good, bad, falseStops, misses, stopped, late, medianDelay, badMinutes, savedMinutes } = totals;
  const delay =
    medianDelay === undefined ? '' : `, half of them within ${formatDuration(medianDelay)} of the first client`;
  const saved = badMinutes === 0 ? 0 : savedMinutes / badMinutes;
  return [
    `${counted(deployments, 'deployment')}: ${good} good, ${bad} bad.`,
    `False stops: ${falseStops} of ${good} good ones.`,
    `Bad ones: ${stopped} stopped${delay}; ${late} only after somebody had undone them; ${misses} missed.`,
    `Exposure of the bad ones: ${minutesText(badMinutes)} minutes of all clients, of which the stops save ${minutesText(savedMinutes)} (${percent(saved)}).`,
  ];
}

/** One row as data for programs. */
export function rowOf(scored: Scored) {
  const { deployment, policy, ending, truth, simulated, result, delay, sooner, minutes, saved } = scored;
  const { stop, withheld, tooLate, rules } = simulated;
  const timed = <Part extends { readonly at: number }>(part: Part) => ({ ...part, at: iso(part.at) });
  return {
    deployment: deploymentTitle(deployment),
    ref: deployment.ref,
    policy,
    startedAt: iso(deployment.startedAt),
    outcome: { kind: ending.kind, at: iso(ending.at), ...(ending.by === undefined ? {} : { by: ending.by }) },
    truth,
    result,
    exposureMinutes: minutes,
    savedExposureMinutes: saved,
    rules,
    withheld: withheld.map(timed),
    ...(stop === undefined ? {} : { stop: timed(stop) }),
    ...(tooLate === undefined ? {} : { tooLate: timed(tooLate) }),
    ...(delay === undefined ? {} : { delayMs: delay }),
    ...(sooner === undefined ? {} : { soonerMs: sooner }),
  };
}

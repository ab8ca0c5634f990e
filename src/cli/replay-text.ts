/** A replay for a terminal and for programs. */
import type { RuleBasis } from '../backtest/judge-again.ts';
import type { Action } from '../backtest/record.ts';
import type { Comparison } from '../backtest/replay.ts';
import { deploymentTitle } from '../core/deployment.ts';
import { formatDuration, iso } from '../core/time.ts';
import { plainText } from '../lib/text.ts';
import type { Replayed } from './replay-decide.ts';

const clock = (at: number) => iso(at).replace('T', ' ').slice(0, 19);

function what(action: Action): string {
  if (action.kind === 'withhold') return `stop withheld (${action.reason})`;
  if (action.kind === 'recovery') return `recovery judged: ${action.recovery}`;
  return { stop: 'stop', 'operator-stop': 'stop by a person', 'too-late': 'would stop, but it is complete' }[
    action.kind
  ];
}

function actionText(action: Action | undefined): string {
  if (action === undefined) return 'nothing';
  const exposed = `${Math.round(action.exposure * 1_000) / 10} % exposed`;
  return plainText(`${what(action)} at ${clock(action.at)} UTC, ${exposed}: ${action.because.join('; ')}`, 2_000);
}

function differenceText({ recorded, replayed }: Extract<Comparison, { readonly same: false }>): string {
  if (recorded === undefined) return 'DIFFERENT: nothing of the kind was decided then';
  if (replayed === undefined) return `DIFFERENT: no ${what(recorded)} any more`;
  if (what(recorded) !== what(replayed)) return `DIFFERENT: ${what(replayed)} instead of ${what(recorded)}`;
  const shift = replayed.at - recorded.at;
  return `DIFFERENT: ${formatDuration(shift)} ${shift < 0 ? 'earlier' : 'later'}`;
}

function basisText({ rule, basis, verdicts, because }: RuleBasis): string {
  const how = { again: 'judged again', recorded: 'as recorded', none: 'not on record' }[basis];
  return plainText(
    `rule ${rule}: ${how}${verdicts === 0 ? '' : ` (${verdicts} verdicts)`}${because === '' ? '' : `; ${because}`}`,
    1_000,
  );
}

export function textOf({ record, recorded, replayed, comparison, rules, note }: Replayed): readonly string[] {
  const title = `${deploymentTitle(record.deployment)} under ${record.watch.policy}`;
  const list = (label: string, actions: readonly Action[]) =>
    (actions.length === 0 ? [undefined] : actions).map((action) => `  ${label}  ${actionText(action)}`);
  return [
    plainText(title),
    ...list('recorded', recorded),
    ...list('replayed', replayed),
    `  ${comparison.same ? 'the same decision' : differenceText(comparison)}`,
    ...rules.map((rule) => `  ${basisText(rule)}`),
    ...(note === '' ? [] : [`  ${plainText(note, 500)}`]),
  ];
}

export function jsonOf({ record, policy, recorded, replayed, comparison, rules, note }: Replayed) {
  const timed = (actions: readonly Action[]) => actions.map((action) => ({ ...action, at: iso(action.at) }));
  return {
    deployment: deploymentTitle(record.deployment),
    ref: record.watch.deployment,
    watchedBy: record.watch.policy,
    policy,
    same: comparison.same,
    recorded: timed(recorded),
    replayed: timed(replayed),
    rules,
    ...(note === '' ? {} : { note }),
  };
}

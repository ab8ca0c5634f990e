/** What a rule's alarms say about a deployment; pure. */
import type { JsonObject } from '../../core/json.ts';
import type { TriggerContext } from '../../core/seams.ts';
import { iso } from '../../core/time.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { AlarmState } from './state.ts';

/** `guilty` since the deployment; `old` since before it; `mute` cannot tell. */
type Opinion = 'guilty' | 'old' | 'mute' | 'fine';

function opinionOf(alarm: AlarmState, insufficientData: 'ignore' | 'breached', context: TriggerContext): Opinion {
  if (alarm.value === 'OK') return 'fine';
  if (alarm.value === 'UNREADABLE') return 'mute';
  if (alarm.value === 'INSUFFICIENT_DATA' && insufficientData === 'ignore') return 'mute';
  const counts = alarm.since >= context.deployment.startedAt || context.preExisting === 'stop';
  return counts ? 'guilty' : 'old';
}

function words(alarm: AlarmState): string {
  const disabled = alarm.actionsEnabled ? '' : ', its actions are disabled';
  const reason = alarm.reason === '' ? '' : `: ${alarm.reason}`;
  return `alarm "${alarm.name}" is in ${alarm.value} since ${iso(alarm.since)}${disabled}${reason}`;
}

function evidenceOf(alarms: readonly AlarmState[]): JsonObject {
  return {
    alarms: alarms.map(({ name, arn, value, since, reason, actionsEnabled }) => ({
      name,
      arn,
      state: value,
      since: iso(since),
      reason,
      actionsEnabled,
    })),
  };
}

const OLD = 'from before the deployment started, so it does not count until it leaves that state and comes back';

/**
 * `breached` when any counts, naming each; else `inconclusive` when any rang already before the start or has no data;
 * else `healthy`. `alarms` is not empty.
 */
export function opinion(
  alarms: readonly AlarmState[],
  insufficientData: 'ignore' | 'breached',
  context: TriggerContext,
): Verdict {
  const having = (wanted: Opinion) => alarms.filter((one) => opinionOf(one, insufficientData, context) === wanted);
  const [guilty, old, mute] = [having('guilty'), having('old'), having('mute')];
  if (guilty.length > 0) {
    return { kind: 'breached', because: guilty.map(words).join('; '), evidence: evidenceOf(guilty) };
  }
  if (old.length + mute.length > 0) {
    const reasons = [...old.map((alarm) => `${words(alarm)} (${OLD})`), ...mute.map(words)];
    return { kind: 'inconclusive', because: reasons.join('; '), evidence: evidenceOf([...old, ...mute]) };
  }
  const names = alarms.map(({ name }) => `"${name}"`).join(', ');
  return { kind: 'healthy', because: `in OK: ${names}`, evidence: evidenceOf(alarms) };
}

/** What the alerts of a hook say about a deployment; pure. */
import type { AlertBoard, StandingAlert } from '../../core/alert.ts';
import type { JsonObject } from '../../core/json.ts';
import type { TriggerContext } from '../../core/seams.ts';
import { iso } from '../../core/time.ts';
import type { Verdict } from '../../core/verdict.ts';
import { plainText } from '../../lib/text.ts';
import { concerns, rings } from './match.ts';
import type { WebhookOptions } from './options.ts';

const OLD = 'from before the deployment started, so it does not count until it is over and comes back';
/** Enough to know what is going on; a storm is no reason for a sentence of a page. */
const MOST_TOLD = 5;

function words({ alert, since }: StandingAlert): string {
  const summary = alert.summary === '' || alert.summary === alert.name ? '' : `: ${plainText(alert.summary, 300)}`;
  return `alert "${plainText(alert.name)}" is ${plainText(alert.status, 50)} since ${iso(since)}${summary}`;
}

function told(standing: readonly StandingAlert[], word = words): string {
  const more = standing.length > MOST_TOLD ? `; and ${standing.length - MOST_TOLD} more` : '';
  return `${standing.slice(0, MOST_TOLD).map(word).join('; ')}${more}`;
}

function evidenceOf(hook: string, standing: readonly StandingAlert[]): JsonObject {
  return {
    hook,
    alerts: standing.slice(0, 20).map(({ alert, since, arrivedAt }) => ({
      ...alert,
      labels: { ...alert.labels },
      since: iso(since),
      arrivedAt: iso(arrivedAt),
    })),
  };
}

/**
 * `breached` when any counts, naming each; `inconclusive` when any that would count is from before the start, or when
 * nothing ever came by this hook (it may not work at all); else `healthy`.
 */
export function opinion({ hook, where }: WebhookOptions, board: AlertBoard, context: TriggerContext): Verdict {
  const { deployment, preExisting } = context;
  if (!board.isHeard(hook)) {
    const because = `nothing has come by hook ${hook} yet, so its silence says nothing: send it a test alert`;
    return { kind: 'inconclusive', because };
  }
  const isOurs = concerns(where, deployment);
  const ringing = board
    .of(hook)
    .filter(({ alert }) => isOurs(alert))
    .filter(rings(where, deployment));
  const counts = ({ since }: StandingAlert) => since >= deployment.startedAt || preExisting === 'stop';
  const guilty = ringing.filter(counts);
  if (guilty.length > 0) return { kind: 'breached', because: told(guilty), evidence: evidenceOf(hook, guilty) };
  if (ringing.length > 0) {
    const because = told(ringing, (one) => `${words(one)} (${OLD})`);
    return { kind: 'inconclusive', because, evidence: evidenceOf(hook, ringing) };
  }
  return { kind: 'healthy', because: `no alert of hook ${hook} that concerns it is firing` };
}

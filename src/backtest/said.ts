/** What triggers said in the past: asked of AWS, out of a journal, or out of a file. */
import { z } from 'zod';
import { deploymentTitle } from '../core/deployment.ts';
import { failureOf } from '../core/failure.ts';
import type { Json } from '../core/json.ts';
import type { PastOpinion } from '../core/seams.ts';
import { type Duration, type Instant, iso } from '../core/time.ts';
import type { TargetAccess } from '../engine/access.ts';
import { pastSchema } from '../plugin.ts';
import type { Config, TriggerRule } from '../policy/schema.ts';
import { triggers } from '../triggers/index.ts';
import type { Case, Gathering } from './gather.ts';
import { checked, parsed } from './parsed.ts';
import type { OpinionOf } from './simulate.ts';

/** What one rule's trigger said of all deployments of a policy, as it stands in triggers.json. */
export interface Said {
  readonly rule: string;
  /** For every policy and target where they are not named. */
  readonly policy?: string | undefined;
  readonly target?: string | undefined;
  /** In the form of its trigger. */
  readonly said: Json;
}

/** Alarms that went off before a deployment do not count for it: their state is known from before it began. */
const BEFORE: Duration = 3_600_000;

const isTrigger = (rule: object): rule is TriggerRule => 'trigger' in rule;

/** Asks what the triggers said of these cases of one target; what cannot be asked is left out, and told. */
export async function gatherSaid(
  cases: readonly Case[],
  access: TargetAccess,
  lastLook: (one: Case) => Instant,
  { signal, now, onGap, onProgress }: Gathering,
): Promise<readonly Said[]> {
  const byPolicy = Map.groupBy(cases, ({ policy }) => policy);
  const all: Said[] = [];
  for (const [policy, own] of byPolicy) {
    const from = Math.min(...own.map(({ deployment }) => deployment.startedAt)) - BEFORE;
    const to = Math.min(now, Math.max(...own.map(lastLook)));
    for (const rule of policy.rules.filter(isTrigger)) {
      const target = own[0]?.deployment.ref.target;
      try {
        const said = await access.trigger.past?.(rule.trigger, { from, to }, signal);
        // Nobody can be asked for messages: they are in the journal.
        if (said === undefined) continue;
        all.push({ rule: rule.name, policy: policy.name, target, said });
        onProgress(`${policy.name}: what ${rule.name} said since ${iso(from)}`);
      } catch (error) {
        signal.throwIfAborted();
        const titles = own.map(({ deployment }) => deploymentTitle(deployment));
        onGap(`${titles[0]} to ${titles.at(-1)}, rule ${rule.name}: ${failureOf(error).message}`);
      }
    }
  }
  return all;
}

const fileSchema = z.array(
  z.looseObject({
    rule: z.string(),
    policy: z.string().optional(),
    target: z.string().optional(),
    said: z.json(),
  }),
);

/** Reads triggers.json. Throws an Error that names the place. */
export const readSaid = (text: string): readonly Said[] => parsed('triggers.json', text, fileSchema);

function isFor(said: Said, { policy, deployment }: Case, rule: TriggerRule): boolean {
  const { target = deployment.ref.target } = said;
  return said.rule === rule.name && (said.policy ?? policy.name) === policy.name && target === deployment.ref.target;
}

/**
 * What each trigger of a case said. Throws an Error that names rule and place where what is on record is not in the form
 * of its trigger.
 */
export function opinions(all: readonly Said[]): (one: Case) => OpinionOf {
  const read = new Map<TriggerRule, Map<Said, PastOpinion<TriggerRule['trigger']>>>();
  return (one) => (rule) => {
    const found = all.find((said) => isFor(said, one, rule));
    if (found === undefined) return undefined;
    const known = read.get(rule) ?? new Map<Said, PastOpinion<TriggerRule['trigger']>>();
    read.set(rule, known);
    const before = known.get(found);
    if (before !== undefined) return before;
    const opinion = checked(`triggers.json: ${rule.name}: said`, found.said, pastSchema(triggers, rule.trigger));
    known.set(found, opinion);
    return opinion;
  };
}

/** Reads all that is on record of a file's triggers, so that what is wrong is told before anything is judged. */
export function checkSaid(cases: readonly Case[], all: readonly Said[]): void {
  const of = opinions(all);
  for (const one of cases) for (const rule of one.policy.rules.filter(isTrigger)) of(one)(rule);
}

/** Rules of whose triggers nothing is known of the past, in words. */
export function unheard(config: Config, all: readonly Said[]): readonly string[] {
  return config.policies.flatMap(({ name: policy, rules }) =>
    rules
      .filter(isTrigger)
      .filter(({ name }) => !all.some((said) => said.rule === name && (said.policy ?? policy) === policy))
      .map(({ name, trigger: { kind } }) => {
        const how = kind === 'webhook' ? ' (--journal FILE has what came)' : '';
        return `${name}: what a trigger (${kind}) said in the past is not known: it takes no part${how}`;
      }),
  );
}

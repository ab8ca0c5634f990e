/** What people are told of the events of a watch. */
import { stageOf } from '../core/deployment.ts';
import type { Recovery, WatchEvent } from '../core/event.ts';
import { formatDuration } from '../core/time.ts';
import { type Draft, type Drafter, type EventOf, exposureNow, failureText, notTold, requestFact } from './draft.ts';
import { ruleKey, rulesOf, type Told } from './story.ts';

type Drafters = { readonly [Kind in WatchEvent['kind']]: Drafter<Kind> };

/** Told when it begins and when it is over; what is being stopped, or is, has notices of its own. */
function verdict(event: EventOf<'rule-judged'>, title: string, told: Told): Draft | undefined {
  const { watch, rule, verdict: said } = event;
  if (told.story.stopping) return undefined;
  const before = told.story.breached.has(ruleKey(watch.policy, rule));
  const id = `${watch.policy}/${rule}/${event.at}`;
  const facts = { Rule: rule };
  if (said.kind === 'breached' && !before) {
    const breach = `${title} breaches ${rule}${exposureNow(told)}`;
    return { kind: 'breach-seen', title: breach, because: [said.because], facts, id };
  }
  if (said.kind !== 'healthy' || !before) return undefined;
  return { kind: 'breach-over', title: `${title} no longer breaches ${rule}`, because: [said.because], facts, id };
}

const WITHHELD = {
  observe: { kind: 'would-have-stopped', says: 'would have been stopped (observe)' },
  'baking-ignored': { kind: 'stop-withheld', says: 'does harm and is NOT stopped while it bakes (baking: ignore)' },
  held: { kind: 'stop-withheld', says: 'does harm and is NOT stopped while somebody holds it' },
  'circuit-open': {
    kind: 'stop-held-by-circuit',
    says: 'does harm and is NOT stopped: the circuit breaker is open, stop it by hand or `resume`',
  },
} as const;

const RECOVERY: Readonly<Record<Recovery, Pick<Draft, 'kind'> & { readonly says: string }>> = {
  recovered: { kind: 'recovered', says: 'the service has recovered' },
  'not-recovered': { kind: 'not-recovered', says: 'the service has NOT recovered: look for another cause' },
  'cannot-tell': { kind: 'recovery-unknown', says: 'nobody can tell whether the service has recovered' },
};

/** What comes of a watch that a person must know: completed without a judgement, or in spite of one. */
function result(event: EventOf<'watch-released'>, title: string, { story }: Told): readonly Draft[] {
  const { watch, because, finalState, unjudged, unstopped = [] } = event;
  const id = `${watch.policy}/${event.at}`;
  if (unstopped.length > 0) {
    const says = `${title} is COMPLETE and does harm: nobody stops it any more, deploy a good version`;
    return [{ kind: 'completed-in-spite', title: says, because: unstopped, id }];
  }
  if (unjudged.length > 0 && stageOf(finalState) === 'completed') {
    const says = `${title} is complete and was never judged by ${unjudged.join(', ')}`;
    const facts = { 'Not judged by': unjudged.join(', ') };
    return [{ kind: 'never-judged', title: says, because: [because], facts, id }];
  }
  const open = story.troubled && !story.unresolved;
  if (open && stageOf(finalState) === 'completed') {
    const says = `${title} is COMPLETE, and its stop was held or failed: deploy a good version`;
    return [{ kind: 'completed-in-spite', title: says, because: [because], id }];
  }
  const last = Object.keys(story.modes).every((policy) => policy === watch.policy);
  const undone = stageOf(finalState) === 'undone';
  if (!last || !open || !undone) return [];
  return [{ kind: 'watch-over', title: `${title} is over (${finalState})`, because: [because], id }];
}

/** And of each rule that could not be asked to the end: nobody waits for it any more. */
function end(event: EventOf<'watch-released'>, title: string, told: Told): readonly Draft[] {
  const { policy } = event.watch;
  const mute = [...told.story.unknown].flatMap((key) => rulesOf(policy, key));
  const over = mute.map((rule): Draft => {
    const says = `${title} is over (${event.finalState}); ${rule} could not be asked to the end`;
    const about = `rule/${policy}/${rule}`;
    return { kind: 'watch-over', title: says, because: [event.because], id: `${about}/${event.at}`, about };
  });
  return [...result(event, title, told), ...over];
}

export const ABOUT_WATCHES: Drafters = {
  'deployment-discovered': notTold,
  'deployment-observed': notTold,
  'rule-judged': verdict,
  'rule-unknown-too-long': ({ watch, rule, since, at, failure, action }, title) => ({
    kind: 'rule-unknown',
    title: `${title} is NOT judged by ${rule}: it could not be asked for ${formatDuration(at - since)}`,
    because: [
      failureText(failure),
      action === 'stop' ? 'the policy says stop' : 'the deployment goes on unjudged (hold)',
    ],
    facts: { Rule: rule, ...requestFact(failure) },
    id: `${watch.policy}/${rule}/${since}`,
    about: `rule/${watch.policy}/${rule}`,
  }),
  'rule-known-again': ({ watch, rule, unknownFor, at }, title) => ({
    kind: 'rule-known-again',
    title: `${title} is judged by ${rule} again after ${formatDuration(unknownFor)}`,
    facts: { Rule: rule },
    id: `${watch.policy}/${rule}/${at}`,
    about: `rule/${watch.policy}/${rule}`,
  }),
  'stop-withheld': ({ watch, reason, because }, title, told) => ({
    kind: WITHHELD[reason].kind,
    title: `${title} ${WITHHELD[reason].says}${exposureNow(told)}`,
    because,
    id: `${watch.policy}/${reason}`,
  }),
  // The stop itself is told, and once for all policies that want it.
  'stop-decided': notTold,
  'stop-concluded': notTold,
  // Another policy may have found that it did not recover.
  'recovery-judged': ({ watch, recovery, because, at }, title, { story }) => ({
    kind: RECOVERY[recovery].kind,
    title: `${title} was undone: ${RECOVERY[recovery].says}`,
    because,
    id: `${watch.policy}/${at}`,
    keepsOpen: story.unresolved,
  }),
  'watch-released': end,
};

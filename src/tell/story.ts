/** What earlier events said that later notices need: names, exposure, and what has been told already. */
import { type Deployment, type DeploymentRef, refKey } from '../core/deployment.ts';
import type { Mode, WatchdogEvent } from '../core/event.ts';
import type { Instant } from '../core/time.ts';
import { boundedMap } from '../lib/bounded-map.ts';
import { doubts } from './doubts.ts';

/** The story of one deployment. */
export interface Story {
  /** As last seen. */
  readonly deployment?: Deployment;
  /** By policy; those that watch it. */
  readonly modes: Readonly<Record<string, Mode>>;
  /** Rules that are breached, or were when they last knew, as {@link ruleKey}. */
  readonly breached: ReadonlySet<string>;
  /** Rules that could not be asked for too long. */
  readonly unknown: ReadonlySet<string>;
  readonly stopping: boolean;
  /** When a stop of it failed first. */
  readonly failedAt?: Instant;
  /** Whether something is open that ends with the watch: a stop that failed or was held. */
  readonly troubled: boolean;
  /** A policy found that the service did not recover, or that it is complete in spite of harm. */
  readonly unresolved: boolean;
}

/** What a notice may rest on, beside its event. */
export interface Told {
  readonly story: Story;
  /** A policy file was refused, and none has been loaded since. */
  readonly refused: boolean;
  /** For a calibration: its rule may not stop by itself somewhere, and people know. */
  readonly doubted: boolean;
}

const NO_STORY: Story = {
  modes: {},
  breached: new Set(),
  unknown: new Set(),
  stopping: false,
  troubled: false,
  unresolved: false,
};

/** More deployments than run at once anywhere; stops of some that nobody watches are among them. */
const MOST_STORIES = 10_000;

/** Names hold no slash. */
export const ruleKey = (policy: string, rule: string): string => `${policy}/${rule}`;

/** The rule a key names, when it is one of this policy. */
export function rulesOf(policy: string, key: string): readonly string[] {
  return key.startsWith(`${policy}/`) ? [key.slice(policy.length + 1)] : [];
}

export function refOf(event: WatchdogEvent): DeploymentRef | undefined {
  if ('watch' in event) return event.watch.deployment;
  return 'deployment' in event ? event.deployment : undefined;
}

const including = (set: ReadonlySet<string>, item: string) => (set.has(item) ? set : new Set([...set, item]));
const without = (set: ReadonlySet<string>, item: string) =>
  set.has(item) ? new Set([...set].filter((one) => one !== item)) : set;

type Event<Kind extends WatchdogEvent['kind']> = Extract<WatchdogEvent, { kind: Kind }>;

function afterVerdict(story: Story, { watch, rule, verdict }: Event<'rule-judged'>): Story {
  const key = ruleKey(watch.policy, rule);
  if (verdict.kind === 'breached') return { ...story, breached: including(story.breached, key) };
  return verdict.kind === 'healthy' ? { ...story, breached: without(story.breached, key) } : story;
}

const failed = (story: Story, at: Instant): Story => ({ ...story, troubled: true, failedAt: story.failedAt ?? at });

function afterEnd(story: Story, { outcome, at }: Event<'stop-settled'>): Story {
  if (outcome.kind === 'failed') return failed(story, at);
  const unresolved = outcome.kind === 'already-over' && outcome.state === 'COMPLETE';
  return { ...story, unresolved: story.unresolved || unresolved };
}

function released(story: Story, { watch, unstopped = [] }: Event<'watch-released'>): Story {
  const { [watch.policy]: _, ...modes } = story.modes;
  const others = (keys: ReadonlySet<string>) =>
    new Set([...keys].filter((key) => rulesOf(watch.policy, key).length === 0));
  const unresolved = story.unresolved || unstopped.length > 0;
  return { ...story, modes, unresolved, breached: others(story.breached), unknown: others(story.unknown) };
}

/** The story after one more event of its deployment. */
function after(before: Story, event: WatchdogEvent): Story {
  const story = 'snapshot' in event ? { ...before, deployment: event.snapshot } : before;
  switch (event.kind) {
    case 'deployment-discovered':
      return { ...story, modes: { ...story.modes, [event.watch.policy]: event.mode } };
    case 'rule-judged':
      return afterVerdict(story, event);
    case 'rule-unknown-too-long':
      return { ...story, unknown: including(story.unknown, ruleKey(event.watch.policy, event.rule)) };
    case 'rule-known-again':
      return { ...story, unknown: without(story.unknown, ruleKey(event.watch.policy, event.rule)) };
    case 'stop-withheld':
      return event.reason === 'circuit-open' ? { ...story, troubled: true } : story;
    case 'stop-decided':
    case 'stop-requested':
      return { ...story, stopping: true };
    case 'stop-concluded':
      return event.outcome.kind === 'failed' ? failed(story, event.at) : story;
    case 'stop-failed':
      return failed(story, event.at);
    case 'stop-overdue':
      return { ...story, troubled: true };
    case 'stop-settled':
      return afterEnd(story, event);
    case 'recovery-judged':
      // What was open is closed by the recovery itself.
      if (event.recovery === 'recovered') return { ...story, troubled: story.troubled && story.unresolved };
      return { ...story, unresolved: story.unresolved || event.recovery === 'not-recovered' };
    case 'watch-released':
      return released(story, event);
    default:
      return story;
  }
}

export interface Stories {
  /** What was told before this event. */
  before(event: WatchdogEvent): Told;
  /** Takes in what an event says. */
  learn(event: WatchdogEvent): void;
}

export function stories(): Stories {
  const held = boundedMap<string, Story>(MOST_STORIES);
  const inDoubt = doubts();
  let refused = false;
  const storyOf = (ref: DeploymentRef | undefined) => (ref && held.get(refKey(ref))) ?? NO_STORY;
  return {
    before: (event) => ({ story: storyOf(refOf(event)), refused, doubted: inDoubt.before(event) }),
    learn(event) {
      inDoubt.learn(event);
      if (event.kind === 'policy-rejected') refused = true;
      if (event.kind === 'policy-loaded') refused = false;
      const ref = refOf(event);
      if (ref === undefined) return;
      const story = after(storyOf(ref), event);
      const over = event.kind === 'watch-released' && Object.keys(story.modes).length === 0;
      if (over) held.delete(refKey(ref));
      else held.set(refKey(ref), story);
    },
  };
}

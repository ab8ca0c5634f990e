/** From an event and what was told before to a notice, or to nothing where nobody needs to hear of it. Pure. */
import { type Deployment, deploymentTitle, peakExposure, refKey } from '../core/deployment.ts';
import type { EventKind, WatchdogEvent } from '../core/event.ts';
import type { Incident, Notice, NoticeSubject } from '../core/notice.ts';
import { iso } from '../core/time.ts';
import { bounded } from '../lib/notice-text.ts';
import { ABOUT_DAEMON } from './about-daemon.ts';
import { ABOUT_OPERATORS } from './about-operators.ts';
import { ABOUT_STOPS } from './about-stops.ts';
import { ABOUT_WATCHES } from './about-watches.ts';
import { type Draft, type Drafter, percent } from './draft.ts';
import { KINDS } from './kinds.ts';
import { type LinkTemplate, linksTo } from './links.ts';
import { refOf, type Story, type Told } from './story.ts';

/** Total by type: a kind of event that is added does not compile until somebody has decided what people hear of it. */
const DRAFTERS: { readonly [Kind in EventKind]: Drafter<Kind> } = {
  ...ABOUT_WATCHES,
  ...ABOUT_STOPS,
  ...ABOUT_OPERATORS,
  ...ABOUT_DAEMON,
};

/** What the policy file says about links: of its own, and by policy. */
export interface RenderOptions {
  linksOf(policies: readonly string[]): readonly LinkTemplate[];
}

function subjectOf(deployment: Deployment): NoticeSubject {
  const { ref, account, application, environment, profile, version, state, percentage } = deployment;
  const peak = Math.round(1_000 * peakExposure(deployment)) / 10;
  const known = account === undefined ? {} : { account };
  return { ref, ...known, application, environment, profile, version, state, percentage, peak };
}

function aboutDeployment(
  deployment: Deployment,
  modes: Story['modes'],
  policies: readonly string[],
): Readonly<Record<string, string>> {
  const { ref, profile, version, versionLabel, state, percentage, account } = deployment;
  const label = versionLabel === undefined ? '' : ` (${versionLabel})`;
  const watchers = policies.map((policy) => (modes[policy] === undefined ? policy : `${policy} (${modes[policy]})`));
  return {
    Configuration: `${profile.name} version ${version}${label}`,
    State: `${state} at ${percent(percentage)}, at most ${percent(100 * peakExposure(deployment))} of the clients had it`,
    ...(watchers.length === 0 ? {} : { Policy: watchers.join(', ') }),
    Where: `${ref.target}: ${ref.region}${account === undefined ? '' : `, account ${account}`}`,
  };
}

/** The policies an event is about: its own, or for a stop all that watch the deployment. */
function policiesOf(event: WatchdogEvent, story: Story): readonly string[] {
  if ('watch' in event) return [event.watch.policy];
  if (event.kind === 'rule-calibrated') return [event.policy];
  if (refOf(event) === undefined) return [];
  const by = 'by' in event && typeof event.by === 'object' && event.by.kind === 'policy' ? [event.by.policy] : [];
  return [...new Set([...Object.keys(story.modes), ...by])];
}

function titleOf(event: WatchdogEvent, deployment: Deployment | undefined): string {
  if (deployment !== undefined) return deploymentTitle(deployment);
  const ref = refOf(event);
  return ref === undefined ? '' : `${ref.applicationId}/${ref.environmentId}/${ref.number}`;
}

function incidentOf({ kind, about, keepsOpen }: Draft, thread: string): { incident?: Incident } {
  const { incident: action } = KINDS[kind];
  if (action === undefined || (action === 'close' && keepsOpen === true)) return {};
  return { incident: { action, key: about === undefined ? thread : `${thread}/${about}` } };
}

function draftsOf<Kind extends EventKind>(kind: Kind, event: WatchdogEvent, title: string, told: Told) {
  const isOf = (one: WatchdogEvent): one is Extract<WatchdogEvent, { kind: Kind }> => one.kind === kind;
  return isOf(event) ? [DRAFTERS[kind](event, title, told) ?? []].flat() : [];
}

/** What is told of an event, usually one notice or none; `told` is what was told before it. */
export function render(event: WatchdogEvent, told: Told, options: RenderOptions): readonly Notice[] {
  const deployment = 'snapshot' in event ? event.snapshot : told.story.deployment;
  const story = deployment === undefined ? told.story : { ...told.story, deployment };
  const drafts = draftsOf(event.kind, event, titleOf(event, deployment), { ...told, story });
  if (drafts.length === 0) return [];
  const ref = refOf(event);
  const policies = policiesOf(event, story);
  const common = deployment === undefined ? {} : aboutDeployment(deployment, story.modes, policies);
  return drafts.map((draft) => {
    const thread = draft.thread ?? (ref === undefined ? 'watchdog' : `deployment/${refKey(ref)}`);
    return bounded({
      id: `${thread}/${draft.kind}/${draft.id ?? iso(event.at)}`,
      at: event.at,
      kind: draft.kind,
      severity: KINDS[draft.kind].severity,
      title: draft.title,
      because: draft.because ?? [],
      facts: Object.entries({ ...draft.facts, ...common }).map(([name, value]) => ({ name, value })),
      links: deployment === undefined ? [] : linksTo(deployment, options.linksOf(policies)),
      thread,
      ...incidentOf(draft, thread),
      ...(deployment === undefined ? {} : { subject: subjectOf(deployment) }),
      policies,
    });
  });
}

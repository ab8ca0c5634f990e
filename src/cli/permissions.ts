/** The permissions a policy file needs, as IAM policy documents: least privilege for exactly that file. */
import { partitionOf } from '../aws/partition.ts';
import { accountOfRole } from '../lib/schema.ts';
import type { notifiers } from '../notifiers/index.ts';
import { couldMatchTarget } from '../policy/match.ts';
import type { Config, MetricRule, Policy, Rule, Target } from '../policy/schema.ts';
import type { sources } from '../sources/index.ts';
import type { triggers } from '../triggers/index.ts';

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[] | string;
  readonly Condition?: { readonly StringEquals: Readonly<Record<string, string>> };
}

interface Grant {
  /** The role it belongs to; undefined for the credentials the daemon runs with. */
  readonly role: string | undefined;
  readonly document: { readonly Version: '2012-10-17'; readonly Statement: readonly Statement[] };
}

export interface Permissions {
  readonly grants: readonly Grant[];
  /** What the reader should know: where more is granted than a narrower file would need, and why. */
  readonly notes: readonly string[];
}

type SourceKind = (typeof sources)[number]['kind'];
type TriggerKind = (typeof triggers)[number]['kind'];

/**
 * What a source's queries need for all they ask; a source that is added must say so here, or the types do not check.
 * What is signed for Amazon Managed Prometheus needs its workspace beside: {@link workspaceOf}.
 */
const SOURCE_ACTIONS: Readonly<Record<SourceKind, readonly string[]>> = {
  cloudwatch: ['cloudwatch:GetMetricData'],
  prometheus: [],
  http: [],
  datadog: [],
  newrelic: [],
};
const TRIGGER_ACTIONS: Readonly<Record<TriggerKind, readonly string[]>> = {
  alarm: ['cloudwatch:DescribeAlarms'],
  webhook: [],
};

type Notifier = Config['notifiers'][string];
type NotifierKind = (typeof notifiers)[number]['kind'];

interface Telling {
  readonly action: string;
  readonly resource: string;
  readonly role: string | undefined;
}

/** What telling people needs of AWS; a notifier that is added must say so here, or the types do not check. */
const TELLING: {
  readonly [Kind in NotifierKind]: (notifier: Extract<Notifier, { kind: Kind }>) => Telling | undefined;
} = {
  slack: () => undefined,
  teams: () => undefined,
  pagerduty: () => undefined,
  opsgenie: () => undefined,
  webhook: () => undefined,
  email: () => undefined,
  sns: ({ topicArn, role }) => ({ action: 'sns:Publish', resource: topicArn, role: role?.arn }),
  eventbridge: ({ busArn, role }) => ({ action: 'events:PutEvents', resource: busArn, role: role?.arn }),
};

function tellingOf<Kind extends NotifierKind>(kind: Kind, notifier: Notifier): readonly Telling[] {
  const isOf = (one: Notifier): one is Extract<Notifier, { kind: Kind }> => one.kind === kind;
  return isOf(notifier) ? [TELLING[kind](notifier) ?? []].flat() : [];
}

const READ = ['appconfig:GetDeployment', 'appconfig:ListDeployments', 'appconfig:ListEnvironments'];

/** AppConfig's ids are seven lowercase letters and digits; a name may look so too, hence the note. */
const ID = /^(?=.*\d)[a-z0-9]{7}$/;

/** The role a query is asked as, when that is not the target's. */
function signerOf(source: MetricRule['source']) {
  if (source.kind === 'cloudwatch') return source.role;
  return 'auth' in source && source.auth?.kind === 'sigv4' ? source.auth.role : undefined;
}

/** The workspace of Amazon Managed Prometheus that a rule asks, as the account of its role (or anybody's) has it. */
function workspaceOf(rule: Rule, target: Target): string | undefined {
  if (!('source' in rule) || rule.source.kind !== 'prometheus' || rule.source.auth?.kind !== 'sigv4') return undefined;
  const { auth, url } = rule.source;
  if (auth.service !== 'aps') return undefined;
  const account = accountOfRole(auth.role?.arn ?? '') ?? target.account ?? '*';
  const region = auth.region ?? target.region;
  const id = /\/workspaces\/([\w-]+)/.exec(url)?.[1] ?? '*';
  return `arn:${partitionOf(region)}:aps:${region}:${account}:workspace/${id}`;
}

/** What a rule asks for, and the role it asks as when that is not the target's. */
function needsOf(rule: Rule): { readonly role: string | undefined; readonly actions: readonly string[] } {
  if ('source' in rule) return { role: signerOf(rule.source)?.arn, actions: SOURCE_ACTIONS[rule.source.kind] };
  const { trigger } = rule;
  const byTag = 'tags' in trigger && trigger.tags !== undefined ? ['cloudwatch:ListTagsForResource'] : [];
  const role = 'role' in trigger ? trigger.role?.arn : undefined;
  return { role, actions: [...TRIGGER_ACTIONS[trigger.kind], ...byTag] };
}

/** ARNs of the applications policies name by id, or of all when one does not; the application and what is in it. */
function applicationArns(target: Target, policies: readonly Policy[], accounts: readonly string[]): readonly string[] {
  const globs = policies.flatMap((policy) => policy.match.application);
  const ids = globs.every((glob) => ID.test(glob)) ? [...new Set(globs)].sort() : undefined;
  const owners = target.account !== undefined ? [target.account] : accounts.length > 0 ? accounts : ['*'];
  return owners.flatMap((account) => {
    const prefix = `arn:${partitionOf(target.region)}:appconfig:${target.region}:${account}:application/`;
    return ids === undefined ? [`${prefix}*`] : ids.flatMap((id) => [`${prefix}${id}`, `${prefix}${id}/*`]);
  });
}

interface Needs {
  readonly actions: Set<string>;
  readonly resources: Set<string>;
  readonly condition: Statement['Condition'];
}

/** Collects what each role needs; lists come out sorted and each entry once. */
function ledger() {
  const byRole = new Map<string | undefined, Map<string, Needs>>();
  return {
    /** The condition is one and the same for whatever is added under a `sid`. */
    add(
      role: string | undefined,
      sid: string,
      actions: readonly string[],
      resources: readonly string[],
      condition?: Statement['Condition'],
    ) {
      if (actions.length === 0) return;
      const statements = byRole.get(role) ?? new Map<string, Needs>();
      byRole.set(role, statements);
      const statement = statements.get(sid) ?? { actions: new Set(), resources: new Set(), condition };
      statements.set(sid, statement);
      for (const action of actions) statement.actions.add(action);
      for (const resource of resources) statement.resources.add(resource);
    },
    grants(): readonly Grant[] {
      return [...byRole].map(([role, statements]) => ({
        role,
        document: { Version: '2012-10-17', Statement: [...statements].map(([sid, needs]) => statementOf(sid, needs)) },
      }));
    },
  };
}

function statementOf(Sid: string, { actions, resources, condition }: Needs): Statement {
  const Resource = resources.has('*') ? '*' : [...resources].sort();
  const granted = { Sid, Effect: 'Allow', Action: [...actions].sort(), Resource } as const;
  return condition === undefined ? granted : { ...granted, Condition: condition };
}

function addTarget(
  book: ReturnType<typeof ledger>,
  target: Target,
  policies: readonly Policy[],
  accounts: readonly string[],
) {
  const role = target.assumeRole?.arn;
  const rules = policies.flatMap((policy) => policy.rules);
  const arns = applicationArns(target, policies, accounts);
  const enforced = policies.filter((policy) => policy.mode === 'enforce');
  const tagged = policies.filter((policy) => Object.keys(policy.match.tags ?? {}).length > 0);
  book.add(role, 'AccountWide', ['appconfig:ListApplications'], ['*']);
  for (const needs of rules.map(needsOf)) book.add(needs.role ?? role, 'AccountWide', needs.actions, ['*']);
  for (const rule of rules) {
    const workspace = workspaceOf(rule, target);
    if (workspace !== undefined) {
      book.add(needsOf(rule).role ?? role, 'QueryPrometheus', ['aps:QueryMetrics'], [workspace]);
    }
  }
  book.add(role, 'Read', READ, arns);
  if (tagged.length > 0) {
    book.add(role, 'Tags', ['appconfig:ListTagsForResource'], applicationArns(target, tagged, accounts));
  }
  if (enforced.length > 0) {
    book.add(role, 'Stop', ['appconfig:StopDeployment'], applicationArns(target, enforced, accounts));
  }
}

const POLL = ['sqs:DeleteMessage', 'sqs:ReceiveMessage'];

/** Account and name are the last two parts of a queue's URL. */
function queueArn({ url, region }: Config['queues'][string]): string {
  const [name = '*', account = ''] = new URL(url).pathname.split('/').toReversed();
  const owner = /^\d{12}$/.test(account) ? account : '*';
  return `arn:${partitionOf(region)}:sqs:${region}:${owner}:${name === '' ? '*' : name}`;
}

function notesOf(config: Config, accounts: readonly string[]): readonly string[] {
  const globs = [...new Set(config.policies.flatMap((policy) => policy.match.application))];
  const named = globs.filter((glob) => !ID.test(glob));
  const ids = globs.filter((glob) => ID.test(glob));
  const wide = named.map((glob) => JSON.stringify(glob)).join(', ');
  const open = config.targets.filter((target) => target.account === undefined).map((target) => target.name);
  return [
    ...(named.length > 0
      ? [`${wide}: an ARN holds ids, not names, so every application is granted; match by id to narrow it.`]
      : []),
    ...(ids.length > 0
      ? [`${ids.join(', ')}: taken for the ids of applications; where one is a name, write application/*.`]
      : []),
    ...(open.length > 0 && accounts.length === 0
      ? [`${open.join(', ')}: the account is not in the file; give --account to put it into the ARNs.`]
      : []),
  ];
}

/** Writing metrics is granted by namespace: PutMetricData knows no narrower resource. */
function addHeartbeat(book: ReturnType<typeof ledger>, { heartbeat }: Config): void {
  const { namespace, role } = heartbeat?.cloudwatch ?? {};
  if (namespace === undefined) return;
  const condition = { StringEquals: { 'cloudwatch:namespace': namespace } };
  book.add(role?.arn, 'Heartbeat', ['cloudwatch:PutMetricData'], ['*'], condition);
}

/** `accounts` are those of targets whose account the file does not say. */
export function permissionsFor(config: Config, accounts: readonly string[]): Permissions {
  const book = ledger();
  const targetRoles = config.targets.flatMap((target) => target.assumeRole?.arn ?? []);
  for (const target of config.targets) {
    const policies = config.policies.filter((policy) => couldMatchTarget(policy.match, target.name));
    if (policies.length > 0) addTarget(book, target, policies, accounts);
  }
  const queues = Object.values(config.queues);
  for (const queue of queues) book.add(queue.role?.arn, 'Queues', POLL, [queueArn(queue)]);
  const queueRoles = queues.flatMap((queue) => queue.role?.arn ?? []);
  addHeartbeat(book, config);
  const ruleRoles = config.policies.flatMap((policy) => policy.rules).flatMap((rule) => needsOf(rule).role ?? []);
  const telling = Object.values(config.notifiers).flatMap((notifier) => tellingOf(notifier.kind, notifier));
  for (const { role, action, resource } of telling) {
    book.add(role, action === 'sns:Publish' ? 'TellTopics' : 'TellBuses', [action], [resource]);
  }
  const assume = ledger();
  const beats = [config.heartbeat?.cloudwatch?.role?.arn ?? []].flat();
  const roles = [...targetRoles, ...ruleRoles, ...queueRoles, ...beats, ...telling.flatMap(({ role }) => role ?? [])];
  if (roles.length > 0) assume.add(undefined, 'AssumeRoles', ['sts:AssumeRole'], roles);
  return { grants: [...book.grants(), ...assume.grants()], notes: notesOf(config, accounts) };
}

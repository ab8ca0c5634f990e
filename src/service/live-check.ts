/** Asks AWS whether a policy file can work: credentials, permissions, selectors, queries, alarms. Changes nothing. */
import type { Place } from '../appconfig/port.ts';
import type { Deployment, DeploymentRef, Named } from '../core/deployment.ts';
import { failureOf } from '../core/failure.ts';
import { formatDuration, type Instant, iso } from '../core/time.ts';
import type { TargetAccess } from '../engine/access.ts';
import { regionOf } from '../heartbeat/heartbeats.ts';
import type { Clock } from '../lib/clock.ts';
import { couldMatchApplication, couldMatchEnvironment, couldMatchTarget } from '../policy/match.ts';
import type { Config, MetricRule, Policy, Rule, Target, TriggerRule } from '../policy/schema.ts';
import { type Finding, finding, type LiveFinding, ok, warn } from './live-finding.ts';
import { queueFindings } from './live-queues.ts';

export interface LiveCheckOptions {
  readonly clock: Clock;
  readonly connect: (target: Target) => TargetAccess;
  readonly signal: AbortSignal;
}

/** How far back a query is asked for data. */
const HISTORY = 3_600_000;
/** Farther off than any two clocks. */
const FAR = 365 * 86_400_000;
/** A deployment number AppConfig will never reach: asking to stop it is refused as not found, or as not allowed. */
const NO_DEPLOYMENT = 2_147_483_647;

interface Matched extends Place {
  readonly ref: DeploymentRef;
}

async function checkCredentials(target: Target, access: TargetAccess, signal: AbortSignal): Promise<Finding> {
  const account = (await access.account(signal)) ?? 'unknown';
  if (target.account === undefined || target.account === account) return ok(`account ${account}`);
  return { result: 'fail', detail: `the credentials belong to account ${account}, the file says ${target.account}` };
}

/** Environments a policy may watch, with a ref that stands for any deployment there. */
async function matchedBy(
  policy: Policy,
  target: Target,
  access: TargetAccess,
  applications: readonly Named[],
  signal: AbortSignal,
): Promise<readonly Matched[]> {
  const wanted = applications.filter((application) => couldMatchApplication(policy.match, target.name, application));
  const places = wanted.map(async (application) => {
    const environments = await access.port.listEnvironments(application.id, signal);
    return environments
      .filter((environment) => couldMatchEnvironment(policy.match, target.name, application, environment))
      .map(({ id, name }) => ({
        application,
        environment: { id, name },
        type: 'USER',
        ref: {
          target: target.name,
          region: target.region,
          applicationId: application.id,
          environmentId: id,
          number: NO_DEPLOYMENT,
        },
      }));
  });
  return (await Promise.all(places)).flat();
}

function selectorFinding(matched: readonly Matched[]): Finding {
  if (matched.length === 0) return warn('matches no environment that exists now');
  const names = matched.slice(0, 5).map(({ application, environment }) => `${application.name}/${environment.name}`);
  return ok(`environments that match: ${matched.length} (${names.join(', ')}${matched.length > 5 ? ', …' : ''})`);
}

async function checkReading({ ref }: Matched, access: TargetAccess, signal: AbortSignal): Promise<Finding> {
  const newest = await access.port.newestDeployments(ref.applicationId, ref.environmentId, signal);
  return ok(newest.length === 0 ? 'no deployment yet' : `newest deployment is number ${newest[0]?.number}`);
}

/** AWS decides about permission before it looks for the deployment, which does not exist. */
async function checkStopping(place: Matched, access: TargetAccess, signal: AbortSignal): Promise<Finding> {
  try {
    await access.port.stopDeployment(place.ref, { allowRevert: false, timeout: 10_000 }, signal);
    return warn('the answer to stopping a deployment that does not exist was not "not found"');
  } catch (error) {
    const failure = failureOf(error);
    return failure.reason === 'not-found' ? ok('allowed') : { result: 'fail', detail: failure.message };
  }
}

/** As it is asked for a deployment of the first environment that matches. */
async function checkQuery(
  rule: MetricRule,
  access: TargetAccess,
  place: Matched | undefined,
  deployment: Deployment,
  signal: AbortSignal,
): Promise<Finding> {
  const now = deployment.startedAt;
  const query = access.source.forDeployment?.(rule.source, deployment) ?? rule.source;
  if (query !== rule.source && place === undefined) {
    return warn('not asked: no environment matches whose names could be put into the query');
  }
  const series = await access.source.query(query, { from: now - HISTORY, to: now }, rule.settle, signal);
  const last = series.points.at(-1);
  if (last === undefined) return warn(`no datapoint in the last ${formatDuration(HISTORY)} (noData: ${rule.noData})`);
  return ok(
    `${series.points.length} datapoints in the last ${formatDuration(HISTORY)}, ${last.value} at ${iso(last.at)}`,
  );
}

function standIn(place: Matched | undefined, target: Target, now: Instant): Deployment {
  const nobody: Named = { id: '', name: '' };
  const ref = { target: target.name, region: target.region, applicationId: '', environmentId: '', number: 0 };
  return {
    ref: place?.ref ?? ref,
    application: place?.application ?? nobody,
    environment: place?.environment ?? nobody,
    profile: nobody,
    version: '',
    type: 'USER',
    state: 'DEPLOYING',
    percentage: 0,
    startedAt: now,
    growthType: '',
    growthFactor: 0,
    durationMinutes: 0,
    bakeMinutes: 0,
    events: [],
  };
}

/** As a deployment that starts now would be judged. */
async function checkTrigger(
  rule: TriggerRule,
  { preExisting }: Policy,
  access: TargetAccess,
  deployment: Deployment,
  signal: AbortSignal,
): Promise<Finding> {
  const now = deployment.startedAt;
  // After all that rings, by whichever clock: nothing counts then, and nothing hides that another one is missing.
  const later = { ...deployment, startedAt: now + FAR };
  const ignoring = await access.trigger.check(rule.trigger, { deployment: later, now, preExisting: 'ignore' }, signal);
  const verdict =
    preExisting === 'ignore'
      ? ignoring
      : await access.trigger.check(rule.trigger, { deployment, now, preExisting }, signal);
  if (verdict.kind === 'healthy') return ok(verdict.because);
  return warn(verdict.kind === 'breached' ? `breached right now: ${verdict.because}` : verdict.because);
}

async function checkTarget(target: Target, config: Config, options: LiveCheckOptions): Promise<readonly LiveFinding[]> {
  const { signal, clock } = options;
  const access = options.connect(target);
  const findings: LiveFinding[] = [];
  const found = async (about: string, check: string, work: () => Promise<Finding>): Promise<LiveFinding> => ({
    target: target.name,
    about,
    check,
    ...(await finding(work)),
  });
  const add = async (...what: Parameters<typeof found>) => void findings.push(await found(...what));

  function checkRule(policy: Policy, rule: Rule, place: Matched | undefined): Promise<LiveFinding> {
    const now = clock.now();
    const about = `${policy.name} / ${rule.name}`;
    if ('trigger' in rule && rule.trigger.kind === 'webhook') {
      const { hook } = rule.trigger;
      return found(about, 'trigger webhook', async () => ok(`others send to ${hook}; nobody is asked`));
    }
    const deployment = standIn(place, target, now);
    if ('trigger' in rule) {
      const work = () => checkTrigger(rule, policy, access, deployment, signal);
      return found(about, `trigger ${rule.trigger.kind}`, work);
    }
    return found(about, `query ${rule.source.kind}`, () => checkQuery(rule, access, place, deployment, signal));
  }

  async function checkPolicy(policy: Policy, applications: readonly Named[] | undefined): Promise<void> {
    let matched: readonly Matched[] = [];
    await add(policy.name, 'selector', async () => {
      if (applications === undefined) return { result: 'fail', detail: 'not known: no list of applications' };
      matched = await matchedBy(policy, target, access, applications, signal);
      return selectorFinding(matched);
    });
    const [first] = matched;
    if (first !== undefined) {
      await add(policy.name, 'read deployments', () => checkReading(first, access, signal));
      if (policy.mode === 'enforce') await add(policy.name, 'stop', () => checkStopping(first, access, signal));
    }
    findings.push(...(await Promise.all(policy.rules.map((rule) => checkRule(policy, rule, first)))));
  }

  try {
    await add('', 'credentials', () => checkCredentials(target, access, signal));
    let applications: readonly Named[] | undefined;
    await add('', 'list applications', async () => {
      applications = await access.port.listApplications(signal);
      return ok(`found: ${applications.length}`);
    });
    const policies = config.policies.filter((policy) => couldMatchTarget(policy.match, target.name));
    for (const policy of policies) await checkPolicy(policy, applications);
  } finally {
    access.close();
  }
  return findings;
}

/** A beat would tell others that a daemon is alive which is not: it is said, and not done. */
function heartbeatFindings(config: Config): readonly LiveFinding[] {
  const { heartbeat } = config;
  if (heartbeat === undefined) return [];
  const { url, cloudwatch, method, every } = heartbeat;
  const often = `every ${formatDuration(every)} while healthy; not tried, since no daemon is alive by this`;
  const said = (check: string, detail: string): LiveFinding => ({ target: '', about: '', check, ...ok(detail) });
  const metric = cloudwatch && `${cloudwatch.namespace}/${cloudwatch.metric} in ${regionOf(config)}`;
  return [
    ...(url === undefined ? [] : [said('heartbeat url', `would ${method} the URL ${often}`)]),
    ...(metric === undefined ? [] : [said('heartbeat cloudwatch', `would put 1 as ${metric} ${often}`)]),
  ];
}

/** Findings of every target and queue, in the order of the file. Never rejects for what AWS does. */
export async function liveCheck(config: Config, options: LiveCheckOptions): Promise<readonly LiveFinding[]> {
  const [targets, queues] = await Promise.all([
    Promise.all(config.targets.map((target) => checkTarget(target, config, options))),
    queueFindings(config.queues, options.clock, options.signal),
  ]);
  return [...targets.flat(), ...queues, ...heartbeatFindings(config)];
}

/** Takes a found deployment under watch: reads it, picks the policies that want it, begins their watches. */
import type { Ended, Found, Part } from '../appconfig/discover.ts';
import { type Deployment, type DeploymentRef, isOver, refKey } from '../core/deployment.ts';
import { type Failure, FailureError, failureOf } from '../core/failure.ts';
import { termsOf } from '../core/terms.ts';
import type { Clock } from '../lib/clock.ts';
import { remember } from '../lib/remember.ts';
import { matches, needsTags } from '../policy/match.ts';
import type { Policy, Target } from '../policy/schema.ts';
import type { TargetAccess } from './access.ts';
import type { OnPart } from './guard-book.ts';
import type { OnRead } from './told-once.ts';
import type { WatchBook } from './watch-book.ts';

export interface TakeUpOptions {
  readonly target: Target;
  readonly policies: readonly Policy[];
  readonly access: TargetAccess;
  readonly clock: Clock;
  readonly book: WatchBook;
  readonly onRead: OnRead;
  /** What a deployment needs to come under watch: what is behind a failure is not guarded. */
  readonly onGuarded: OnPart;
  /** A deployment that a policy wants, or may want, and that nobody watched. */
  readonly onMissed: (missed: Ended) => void;
}

export interface TakingUp {
  /** Takes a deployment up; the deployment when it is newly under watch. Never rejects for what AWS does. */
  takeUp(found: Found, signal: AbortSignal): Promise<Deployment | undefined>;
  /** Tells a deployment that ended and that nobody watched, unless no policy would have. Never rejects for what AWS does. */
  settle(ended: Ended, signal: AbortSignal): Promise<void>;
  /** Its watches ended although it may still run: when it is found again, it is taken up again. */
  forget(ref: DeploymentRef): void;
}

interface Wanted {
  readonly policies: readonly Policy[];
  /** Why it is not known yet which other policies want it. */
  readonly failure?: Failure;
}

/** What is that long ago is not listed any more; if it were, it would be looked through once more and no harm done. */
const MOST_REMEMBERED = 10_000;

function tagsNeedAccount(target: Target): FailureError {
  const message = `a policy matches by tags, and the account of target ${target.name} is not known: give \`account\` or allow sts:GetCallerIdentity`;
  return new FailureError({ reason: 'rejected', retryable: true, message });
}

/** What has to be read of it before anybody knows who wants it. */
function partsOf({ application, environment, ref }: Found): { readonly itself: Part; readonly tags: Part } {
  const what = `deployment ${application.name}/${environment.name}/${ref.number}`;
  const id = refKey(ref);
  return { itself: { id, what }, tags: { id: `tags of ${id}`, what: `tags of ${what}` } };
}

/** Whether a policy wants it; where tags cannot be read, one may. */
const mayBe = ({ policies, failure }: Wanted) => policies.length > 0 || failure !== undefined;

export function takingUp(options: TakeUpOptions): TakingUp {
  const { target, policies, access, clock, book, onRead, onGuarded, onMissed } = options;
  /**
   * Deployments that were looked through once. Watches from before (a reload, a former life) do not count: a policy
   * that is new since then may want the deployment as well.
   */
  const takenUp = new Set<string>();

  /** The account is worth having in every record, but not worth losing a watch for. */
  async function accountOf(signal: AbortSignal): Promise<string | undefined> {
    if (target.account !== undefined) return target.account;
    try {
      const account = await access.account(signal);
      onRead('the account (GetCallerIdentity)', undefined);
      return account;
    } catch (error) {
      if (!signal.aborted) onRead('the account (GetCallerIdentity)', failureOf(error));
      return undefined;
    }
  }

  async function tagsOf({ ref, account }: Deployment, signal: AbortSignal) {
    if (account === undefined) throw tagsNeedAccount(target);
    return access.port.tagsOf(ref, account, signal);
  }

  /** Tags that cannot be read hold up the policies that need them, and no others. */
  async function wanted(deployment: Deployment, signal: AbortSignal): Promise<Wanted> {
    const facts = { target: target.name, ...deployment };
    const candidates = policies.filter((policy) => matches({ ...policy.match, tags: {} }, facts));
    if (!candidates.some(({ match }) => needsTags(match))) return { policies: candidates };
    try {
      const tags = await tagsOf(deployment, signal);
      return { policies: candidates.filter(({ match }) => matches(match, { ...facts, tags })) };
    } catch (error) {
      return { policies: candidates.filter(({ match }) => !needsTags(match)), failure: failureOf(error) };
    }
  }

  function begin(snapshot: Deployment, policy: Policy): void {
    const watch = { deployment: snapshot.ref, policy: policy.name };
    const rules = policy.rules.map((rule) => rule.name);
    const { mode } = policy;
    const terms = termsOf(policy);
    book.tell({ kind: 'deployment-discovered', at: clock.now(), watch, mode, snapshot, rules, terms });
  }

  /** Reads a deployment, and which policies want it. */
  async function read(found: Found, signal: AbortSignal) {
    const [account, { deployment: seen }] = await Promise.all([
      accountOf(signal),
      access.port.getDeployment(found.ref, found, signal),
    ]);
    const deployment = account === undefined ? seen : { ...seen, account };
    return { deployment, by: await wanted(deployment, signal) };
  }

  /** It is over: what could not be read of it leaves nothing unguarded any more. */
  function nothingLeft(ended: Ended): void {
    const { itself, tags } = partsOf(ended);
    onGuarded(itself, undefined);
    onGuarded(tags, undefined);
  }

  /** The end of what nobody watched: said once, also over a reload, which knows no takeUp of before. */
  function close(ended: Ended, isWanted: boolean): void {
    nothingLeft(ended);
    if (takenUp.has(refKey(ended.ref)) || book.isKnown(ended.ref)) return;
    book.closeOff(ended.ref);
    if (isWanted) onMissed(ended);
  }

  async function takeUp(found: Found, signal: AbortSignal): Promise<Deployment | undefined> {
    const key = refKey(found.ref);
    if (takenUp.has(key)) return undefined;
    const { itself, tags } = partsOf(found);
    try {
      const { deployment, by } = await read(found, signal);
      // Given up meanwhile (the policies may be others now), or taken up by a pass beside this one.
      if (signal.aborted || takenUp.has(key)) return undefined;
      onGuarded(itself, undefined);
      onGuarded(tags, by.failure);
      // It was over by the time it was read: nothing is left to watch.
      if (isOver(deployment.state)) {
        const { state, startedAt } = deployment;
        close({ ...found, state, startedAt }, mayBe(by));
        return undefined;
      }
      if (by.failure === undefined) remember(takenUp, key, MOST_REMEMBERED);
      const without = by.policies.filter((policy) => book.get(found.ref, policy.name) === undefined);
      for (const policy of without) begin(deployment, policy);
      return without.length === 0 ? undefined : deployment;
    } catch (error) {
      if (!signal.aborted) onGuarded(itself, failureOf(error));
      return undefined;
    }
  }

  return {
    takeUp,
    async settle(ended, signal) {
      nothingLeft(ended);
      // Looked through while it ran: it was watched, or nobody wanted it.
      if (takenUp.has(refKey(ended.ref)) || book.isKnown(ended.ref)) return;
      // What cannot be read may be wanted.
      const isWanted = await read(ended, signal).then(
        ({ by }) => mayBe(by),
        () => true,
      );
      close(ended, isWanted);
    },
    forget: (ref) => void takenUp.delete(refKey(ref)),
  };
}

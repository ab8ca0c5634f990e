/** One hook at work: who sent it, what it says, and that it is on record before anybody is told so. */
import { createHash } from 'node:crypto';
import type { Delivery } from '../core/alert.ts';
import { type Failure, failureOf } from '../core/failure.ts';
import type { HookFormat, Message } from '../core/seams.ts';
import type { Duration } from '../core/time.ts';
import { type Authenticator, authenticator } from '../hooks/auth/index.ts';
import type { Claim, Judgement } from '../hooks/auth/judgement.ts';
import { jsonOf, utf8 } from '../hooks/reading/json.ts';
import type { HookAnswer, HookOutcome, OpenHook } from '../http/hook-answer.ts';
import { allowance } from '../lib/allowance.ts';
import type { Clock } from '../lib/clock.ts';
import { remember } from '../lib/remember.ts';
import { plainText } from '../lib/text.ts';
import { unlessAborted } from '../lib/unless-aborted.ts';
import type { HookOptions } from '../policy/hook.ts';

export interface HookIntakeOptions {
  readonly name: string;
  readonly options: HookOptions;
  readonly format: HookFormat;
  /** Whether the format knows its senders by itself. */
  readonly signed: boolean;
  readonly clock: Clock;
  /** Resolves when it is on record. */
  readonly accept: (hook: string, delivery: Delivery) => Promise<void>;
}

const OUTCOMES: Readonly<Partial<Record<Failure['reason'], HookOutcome>>> = {
  malformed: 'malformed',
  auth: 'not-authentic',
  rejected: 'not-wanted',
  throttled: 'limited',
};

/** Reasons of formats are in this program's own words; what else went wrong is nobody's business outside. */
function answerOf(failure: Failure, authentic: boolean): HookAnswer {
  const outcome = OUTCOMES[failure.reason] ?? 'failed';
  const known = authentic && outcome !== 'not-authentic';
  if (outcome !== 'failed') return { outcome, because: failure.message, authentic: known };
  const detail = plainText(failure.message, 500);
  return { outcome, because: 'it could not be taken now: send it again', detail, authentic: known };
}

/** The judgement as an answer, where it is one. */
function answerTo(judgement: Judgement): HookAnswer | undefined {
  switch (judgement.kind) {
    case 'proven':
      return undefined;
    case 'repeated':
      return { outcome: 'repeated', authentic: true };
    case 'busy':
      return { outcome: 'busy', because: judgement.because, authentic: true };
    case 'refused':
      return { outcome: 'not-authentic', because: judgement.because, authentic: false };
  }
}

const MOST_REMEMBERED = 10_000;

/**
 * Whether a message of a known sender may be taken now. When a sender repeats itself beyond the rate, what it has not said
 * yet has a rate of its own: a genuine alert gets through the copies of another one.
 */
function messageRate(perSecond: number): (raw: Uint8Array, now: Duration) => boolean {
  const [rate, spare] = [allowance(perSecond, 10 * perSecond), allowance(perSecond, 10 * perSecond)];
  const said = new Set<string>();
  return (raw, now) => {
    if (rate.take(1, now)) return true;
    const digest = createHash('sha256').update(raw).digest('base64');
    if (said.has(digest) || !spare.take(1, now)) return false;
    remember(said, digest, MOST_REMEMBERED);
    return true;
  };
}

export function hookIntake({ name, options, format, signed, clock, accept }: HookIntakeOptions): OpenHook {
  const auth: Authenticator | undefined = options.auth === undefined ? undefined : authenticator(options.auth);
  const mayTake = messageRate(options.rate);

  /** Who sent it, by its bytes; throws FailureError where the format says no. A claim, if any, is the last thing made. */
  function judge(raw: Uint8Array, headers: Message['headers']): Judgement {
    const now = clock.now();
    const early = auth?.headers(headers, now);
    if (early?.kind === 'refused') return early;
    format.authenticate?.(raw, headers);
    return early ?? auth?.body(raw, headers, now) ?? { kind: 'proven' };
  }

  async function record(delivery: Delivery, signal: AbortSignal): Promise<HookAnswer> {
    const [alerts, deployments] = [delivery.alerts.length, delivery.deployments.length];
    const note = delivery.note === undefined ? {} : { because: delivery.note };
    // Also what says nothing: it shows that the hook works.
    await unlessAborted(accept(name, delivery), signal);
    if (alerts + deployments === 0) return { outcome: 'noted', authentic: true, ...note };
    return { outcome: 'taken', authentic: true, alerts, deployments, ...note };
  }

  /** As busy: what it sent is wanted, and Alertmanager for one sends again after 5xx only. */
  const limited = (raw: Uint8Array): HookAnswer | undefined =>
    mayTake(raw, clock.elapsed())
      ? undefined
      : { outcome: 'busy', because: 'more messages than this hook takes a second: send it again', authentic: true };

  /** What is not known to be authentic before it was read is counted afterwards. */
  async function read(raw: Uint8Array, headers: Message['headers'], known: boolean, signal: AbortSignal) {
    const text = utf8(raw);
    const message = { text, json: jsonOf(text, raw), headers, receivedAt: clock.now() };
    const delivery = await unlessAborted(format.read(message, signal), signal);
    return (known ? undefined : limited(raw)) ?? record(delivery, signal);
  }

  /** A claim is kept only where the message is on record; else it may come again. */
  async function settled(claim: Claim | undefined, work: () => Promise<HookAnswer>): Promise<HookAnswer> {
    let taken = false;
    try {
      const answer = await work();
      taken = answer.outcome === 'taken' || answer.outcome === 'noted';
      return answer;
    } finally {
      claim?.settle(taken);
    }
  }

  async function take(raw: Uint8Array, headers: Message['headers'], signal: AbortSignal): Promise<HookAnswer> {
    // Until a format that reads before it knows has read, nothing is authentic.
    let authentic = false;
    try {
      const judgement = judge(raw, headers);
      const answer = answerTo(judgement);
      if (answer !== undefined) return answer;
      const known = auth !== undefined || format.authenticate !== undefined || !signed;
      authentic = known;
      const claim = judgement.kind === 'proven' ? judgement.claim : undefined;
      return await settled(claim, async () => (known ? limited(raw) : undefined) ?? read(raw, headers, known, signal));
    } catch (error) {
      return answerOf(failureOf(error), authentic);
    }
  }

  return {
    bodyLimit: options.bodyLimit,
    insecure: options.insecure === true,
    challenge: options.auth?.kind === 'basic',
    door(headers) {
      if (auth === undefined) return signed ? 'body-must-tell' : 'known';
      const judgement = auth.headers(headers, clock.now());
      if (judgement === undefined) return 'body-must-tell';
      return answerTo(judgement) ?? 'known';
    },
    take,
  };
}

/** What every signed request goes through: who calls, what shall go wrong, the service, the log. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Instant } from '../core/time.ts';
import type { Clock } from '../lib/clock.ts';
import {
  BROKEN,
  commonError,
  EXPIRED,
  MOST_SKEW,
  skewed,
  THROTTLED,
  UNAVAILABLE_HTML,
  UNSIGNED,
  type WireError,
} from './answers.ts';
import { serviceOf } from './dispatch.ts';
import type { FaultRule, Faults, ServiceName } from './faults.ts';
import type { Quotas } from './quotas.ts';
import { credentialScope, signedAt } from './signature.ts';
import type { SandboxSts } from './sts.ts';
import { ofTomorrow } from './tomorrow.ts';
import type { WireAnswer, WireRequest } from './wire.ts';
import type { World } from './world.ts';

/** One request the sandbox has seen. */
export interface SeenRequest {
  readonly service: ServiceName;
  /** `Unknown` when no operation could be read from it. */
  readonly operation: string;
  /** Clock time of its arrival. */
  readonly at: Instant;
  /** 0 when no answer was given (reset, hang, lost answer). */
  readonly status: number;
  readonly accessKeyId: string;
  readonly account: string;
  readonly region: string;
}

/** What the server does with the socket. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: WireAnswer }
  /** The connection is reset (RST) instead of an answer. */
  | { readonly kind: 'reset' }
  /** The connection is closed instead of an answer. */
  | { readonly kind: 'close' }
  | { readonly kind: 'hang' };

export interface GatewayOptions {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly world: World;
  readonly sts: SandboxSts;
  readonly defaultRegion: string;
  /** Without them as many requests are answered as come. */
  readonly quotas?: Quotas;
  readonly seen: (request: SeenRequest) => void;
}

export type Gateway = (request: Omit<WireRequest, 'account' | 'region' | 'accessKeyId'>) => Promise<Outcome>;

/** The service a request is for, as the faults and the log need it. */
interface Target {
  readonly service: ServiceName;
  readonly operation: string;
  readonly handle: (effects: readonly FaultRule[]) => WireAnswer;
}

function targetOf(service: ServiceName, request: WireRequest, { world, sts }: GatewayOptions): Target {
  const unknown = 'Unknown';
  if (service === 'sts') {
    return { service, operation: sts.operationOf(request) ?? unknown, handle: () => sts.handle(request) };
  }
  const { appconfig, cloudwatch } = world.at(request.account, request.region);
  return service === 'appconfig'
    ? { service, operation: appconfig.operationOf(request) ?? unknown, handle: () => appconfig.handle(request) }
    : {
        service,
        operation: cloudwatch.operationOf(request) ?? unknown,
        handle: (effects) => cloudwatch.handle(request, effects),
      };
}

function outcomeOf(target: Target, request: WireRequest, acting: readonly FaultRule[]): Outcome {
  const failing = (error: typeof BROKEN): Outcome => ({
    kind: 'answer',
    answer: commonError(target.service, request.headers, error),
  });
  for (const { kind } of acting) {
    switch (kind) {
      case 'throttling':
        return failing(THROTTLED);
      case 'internal-server-error':
        return failing(BROKEN);
      case 'expired-token':
        return failing(EXPIRED);
      case 'unavailable-html':
        return { kind: 'answer', answer: UNAVAILABLE_HTML };
      case 'reset':
      case 'hang':
        return { kind };
      case 'lost-answer':
        target.handle(acting);
        return { kind: 'close' };
    }
  }
  const kinds = acting.map(({ kind }) => kind);
  return { kind: 'answer', answer: ofTomorrow(target.handle(acting), kinds) };
}

function latencyOf(acting: readonly FaultRule[]): number {
  return acting.reduce((sum, rule) => sum + (rule.kind === 'latency' ? (rule.ms ?? 0) : 0), 0);
}

/** Keys and signatures are judged by real time, by which clients make them. */
function refusalOf(signed: Instant | undefined, expiresAt = Number.POSITIVE_INFINITY): WireError | undefined {
  const now = Date.now();
  if (signed !== undefined && Math.abs(signed - now) > MOST_SKEW) return skewed(signed, now);
  return expiresAt <= now ? EXPIRED : undefined;
}

export function createGateway(options: GatewayOptions): Gateway {
  const { clock, faults, sts, seen } = options;
  return async (unsigned) => {
    const scope = credentialScope(unsigned.headers.authorization);
    const accessKeyId = scope?.accessKeyId ?? '';
    const identity = sts.identityOf(accessKeyId);
    const region = scope?.region ?? options.defaultRegion;
    const request: WireRequest = { ...unsigned, accessKeyId, account: identity.account, region };
    const target = targetOf(serviceOf(scope, request), request, options);
    const at = clock.now();
    const settle = (outcome: Outcome): Outcome => {
      const status = outcome.kind === 'answer' ? outcome.answer.status : 0;
      const { service, operation } = target;
      seen({ service, operation, at, status, accessKeyId, account: identity.account, region });
      return outcome;
    };
    const refusal =
      scope === undefined ? UNSIGNED : refusalOf(signedAt(request.headers['x-amz-date']), identity.expiresAt);
    if (refusal !== undefined) {
      return settle({ kind: 'answer', answer: commonError(target.service, request.headers, refusal) });
    }
    if (options.quotas?.(identity.account, region, target.operation) === false) {
      return settle({ kind: 'answer', answer: commonError(target.service, request.headers, THROTTLED) });
    }
    const acting = faults.matching(target.service, target.operation, { account: identity.account, region });
    const latency = latencyOf(acting);
    // A stopped sandbox does not wait for it.
    if (latency > 0) await delay(latency, undefined, { ref: false });
    return settle(outcomeOf(target, request, acting));
  };
}

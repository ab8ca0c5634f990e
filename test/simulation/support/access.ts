/** The daemon's access to the account in memory, and the record of what it called. */
import type { DeploymentRef } from '../../../src/core/deployment.ts';
import type { Series } from '../../../src/core/series.ts';
import type { Verdict } from '../../../src/core/verdict.ts';
import type { TargetAccess } from '../../../src/engine/access.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import { failed, type Wire } from './faults.ts';
import type { Shop } from './shop.ts';

const MINUTE = 60_000;

interface StopCall {
  readonly ref: DeploymentRef;
  readonly at: number;
  /** Of the daemon that called. */
  readonly life: number;
  /** Calls for the same deployment that this daemon had under way already. */
  readonly beside: number;
  readonly taken: () => boolean;
}

export interface Calls {
  readonly stops: StopCall[];
  /** Accesses that were opened and not closed. */
  open: number;
}

function first<Item>(items: readonly Item[], what: string): Item {
  const [item] = items;
  if (item === undefined) throw new Error(`no ${what}`);
  return item;
}

export function accessTo(shop: Shop, wire: Wire, clock: Clock, calls: Calls, life: number): TargetAccess {
  const underWay = new Map<string, number>();
  calls.open++;
  const seriesOf = (environment: string, from: number, to: number, settle: number): Series => {
    const now = clock.now();
    const points = [];
    for (let at = Math.ceil(from / MINUTE) * MINUTE; at < Math.min(to, now); at += MINUTE) {
      points.push({ at, value: shop.errorsOf(environment, at), settled: at + MINUTE + settle <= now });
    }
    const settledUntil = now - settle;
    return { query: environment, from, period: MINUTE, points, growing: false, settledUntil, inputs: {} };
  };
  const opinion = (environment: string): Verdict => {
    const now = clock.now();
    const rings = shop.errors(environment, now) > 1 && shop.errors(environment, now - MINUTE) > 1;
    return { kind: rings ? 'breached' : 'healthy', because: `alarm ${rings ? 'rings' : 'is quiet'}` };
  };
  return {
    account: (signal) => wire.call('account', signal, () => '111122223333'),
    inFlight: wire.inFlight,
    close: () => {
      calls.open--;
    },
    port: {
      listApplications: (signal) => wire.call('list', signal, () => [{ id: 'shop123', name: 'shop' }]),
      listEnvironments: (_, signal) => wire.call('list', signal, () => shop.environments(clock.now())),
      newestDeployments: (_, environment, signal) =>
        wire.call('list', signal, () => shop.listed(environment, clock.now())),
      getDeployment: (ref, place, signal) =>
        wire.call('get', signal, () => {
          const seen = shop.find(ref)?.snapshot(clock.now());
          if (seen === undefined) throw failed('not-found', 'get');
          const { account } = place;
          const deployment = { ...seen, ...(account === undefined ? {} : { account }) };
          return { deployment, answer: { State: seen.state }, requestId: 'get' };
        }),
      async stopDeployment(ref, { allowRevert }, signal) {
        const key = `${ref.environmentId}/${ref.number}`;
        const beside = underWay.get(key) ?? 0;
        let taken = false;
        calls.stops.push({ ref, at: clock.now(), life, beside, taken: () => taken });
        underWay.set(key, beside + 1);
        try {
          return await wire.call('stop', signal, () => {
            taken = shop.find(ref)?.stop(clock.now(), allowRevert) === 'taken';
            if (!taken) throw failed('rejected', 'stop');
            return { answer: { DeploymentNumber: ref.number }, requestId: 'stop' };
          });
        } finally {
          underWay.set(key, (underWay.get(key) ?? 1) - 1);
        }
      },
      tagsOf: (_ref, _account, signal) => wire.call('list', signal, () => ({ team: 'shop' })),
    },
    source: {
      period: () => MINUTE,
      query: (query, { from, to }, settle, signal) =>
        wire.call('metric', signal, () => {
          const { metric } = first(Object.values(query.metrics), 'metric');
          return seriesOf(metric, from, to, settle);
        }),
    },
    trigger: {
      check: ({ names = [] }, _, signal) => wire.call('alarm', signal, () => opinion(first(names, 'alarm'))),
    },
  };
}

/** Shops that always deploy: one environment each, good and bad in turn, with traffic that shows which it is. */
import { AppConfigClient, DeleteEnvironmentCommand } from '@aws-sdk/client-appconfig';
import { CloudWatchClient, type MetricDatum, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { openShop, type Rollout, type Shop } from '../../../src/demo/shop.ts';
import type { Clock } from '../../../src/lib/clock.ts';

export const REGION = 'eu-west-1';
export const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret' };
const MINUTE = 60_000;
const ROLLOUT: Rollout = { growth: 'LINEAR', factor: 10, minutes: 30, bakeMinutes: 10 };
/** Every third one is bad. */
const CYCLE = ['good', 'good', 'bad'] as const;
const OVER: ReadonlySet<string | undefined> = new Set(['COMPLETE', 'ROLLED_BACK', 'REVERTED']);

interface Outcome {
  readonly shop: string;
  readonly flag: 'good' | 'bad';
  readonly number: number;
  readonly state: string;
}

export interface Street {
  /** Deployments that are over, oldest first. */
  readonly outcomes: readonly Outcome[];
  begun(): number;
  /** Rejects with the first thing that went wrong in a shop. */
  stop(): Promise<void>;
}

interface Trade {
  readonly name: string;
  /** Dimension of its metrics; the stalls share one. */
  readonly counts: string;
  readonly shop: Shop;
  running: { readonly flag: 'good' | 'bad'; readonly number: number } | undefined;
}

/** So many shops on a clock, and a market stall that comes and goes every hour: an environment nobody lists again. */
export async function openStreet(url: string, clock: Clock, shops: number): Promise<Street> {
  // The faults are meant for the daemon: the shops try until they get through.
  const aws = { endpoint: url, region: REGION, credentials: KEYS, maxAttempts: 10 };
  const client = new AppConfigClient(aws);
  const cloudwatch = new CloudWatchClient(aws);
  const ended = new AbortController();
  const { signal } = ended;
  const outcomes: Outcome[] = [];
  const trades: Trade[] = [];
  let begun = 0;

  const data = (counts: string, share: number, at: number): MetricDatum[] => {
    const common = { Dimensions: [{ Name: 'Shop', Value: counts }], Timestamp: new Date(at) };
    const rate = 0.001 + 0.2 * share;
    return [
      { ...common, MetricName: 'Requests', Value: 3_000 },
      { ...common, MetricName: 'Errors', Value: 3_000 * rate },
    ];
  };
  const put = (samples: readonly MetricDatum[]) =>
    cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Shop', MetricData: [...samples] }));

  async function settle(trade: Trade): Promise<number> {
    if (trade.running === undefined) return 0;
    const { State = 'UNKNOWN', PercentageComplete = 0 } = await trade.shop.get(trade.running.number);
    const { flag, number } = trade.running;
    if (OVER.has(State)) {
      outcomes.push({ shop: trade.name, flag, number, state: State });
      trade.running = undefined;
      return 0;
    }
    return flag === 'bad' ? PercentageComplete / 100 : 0;
  }

  /** Twice a minute each shop shows its traffic. */
  async function traffic(): Promise<void> {
    while (!signal.aborted) {
      const at = clock.now();
      const shares = await Promise.all(trades.map(settle));
      await put(trades.flatMap(({ counts }, index) => data(counts, shares[index] ?? 0, at)));
      await clock.sleep(MINUTE / 2, signal);
    }
  }

  async function open(name: string): Promise<Trade> {
    const shop = await openShop({ client, rollout: ROLLOUT, application: name });
    return { name, counts: name.replace(/^(stall)-.*$/, '$1'), shop, running: undefined };
  }

  async function deploy(trade: Trade, flag: 'good' | 'bad'): Promise<void> {
    const number = await trade.shop.deploy({ flag, description: `${flag} of ${trade.name}` });
    begun += 1;
    trade.running = { flag, number };
    while (trade.running !== undefined) await clock.sleep(MINUTE, signal);
    // After a rollback the numbers of before are read again for a while.
    await clock.sleep((flag === 'bad' ? 8 : 1) * MINUTE, signal);
  }

  async function trading(trade: Trade, first: number): Promise<void> {
    for (let turn = first; !signal.aborted; turn++) await deploy(trade, CYCLE[turn % CYCLE.length] ?? 'good');
  }

  async function stall(): Promise<void> {
    for (let hour = 1; !signal.aborted; hour++) {
      const trade = await open(`stall-${hour}`);
      trades.push(trade);
      await deploy(trade, 'good');
      trades.splice(trades.indexOf(trade), 1);
      const { applicationId: ApplicationId, environmentId: EnvironmentId } = trade.shop;
      await client.send(new DeleteEnvironmentCommand({ ApplicationId, EnvironmentId }));
      await clock.sleep(40 * MINUTE, signal);
    }
  }

  for (let index = 1; index <= shops; index++) trades.push(await open(`shop-${index}`));
  const now = clock.now();
  for (let minute = 15; minute >= 1; minute--) {
    await put(trades.flatMap(({ counts }) => data(counts, 0, now - minute * MINUTE)));
  }
  const works = [traffic(), stall(), ...trades.map((trade, index) => trading(trade, index))];
  const over = Promise.all(works).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  over.catch(() => ended.abort());
  return {
    outcomes,
    begun: () => begun,
    async stop() {
      ended.abort();
      await over;
      client.destroy();
      cloudwatch.destroy();
    },
  };
}

/**
 * A place whose harm is told by an alarm that the test rings by hand: a bad deployment is found out at the next poll, a
 * recovery at the one after, whatever the time of day. What a test does in between is up to the second.
 */
import { PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { expect } from 'vitest';
import { z } from 'zod';
import { refKey } from '../../../src/core/deployment.ts';
import type { WatchdogEvent } from '../../../src/core/event.ts';
import { openShop, type Shop } from '../../../src/demo/shop.ts';
import { openJournalForReading } from '../../../src/journal/read.ts';
import type { Package } from './package.ts';
import { openPlace, type Place, REGION } from './place.ts';

const ALARM = 'checkout-errors';
const verified = z.looseObject({ ok: z.boolean(), records: z.number() });

export interface BellScene extends Place {
  readonly shop: Shop;
  ring(state: 'ALARM' | 'OK'): Promise<void>;
  /** Starts a deployment and rings the alarm; its number. */
  deployBad(): Promise<number>;
  /** How often AppConfig began to roll a deployment back. */
  rollbacks(number: number): Promise<number>;
  /** What is on record about a deployment number, oldest first. */
  recorded(number: number, journal?: string): readonly WatchdogEvent['kind'][];
  /** Fails unless `journal verify` finds the record sound. */
  expectSound(journal?: string): Promise<void>;
  /** Fails unless the deployment was rolled back by one stop, and the record tells it whole, once. */
  expectOneStop(number: number, journal?: string): Promise<void>;
}

interface BellPolicy {
  readonly journal: string;
  /** Of the HTTP server; default: any that is free. */
  readonly port?: number;
  /** Lines of the list of targets; default: one. */
  readonly targets?: string;
}

/** The policy file of such a place. */
export function bellPolicy({ journal, port = 0, targets = `  - region: ${REGION}` }: BellPolicy): string {
  return `version: 1
targets:
${targets}
poll: "* * * * * *"
discovery: { sweep: 1s, applicationsEvery: 10s }
stop: { followEvery: 1s }
policies:
  - name: checkout-prod
    match: { application: checkout, environment: prod }
    mode: enforce
    verify: { for: 10m }
    rules:
      - name: pager
        trigger: { kind: alarm, names: [${ALARM}] }
http: { port: ${port} }
journal: { path: "${journal}" }
`;
}

/** `speed`: seconds of the sandbox's clock in a real one; a rollback takes 20 s of it. */
export async function openBell(built: Package, speed: number): Promise<BellScene> {
  const place = await openPlace(built, speed);
  const { cloudwatch } = place;
  place.writePolicy(bellPolicy({ journal: place.journal }));
  const rollout = { growth: 'LINEAR', factor: 20, minutes: 60, bakeMinutes: 10 } as const;
  const shop = await openShop({ client: place.appconfig, rollout });
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      ...{ AlarmName: ALARM, Namespace: 'Elsewhere', MetricName: 'Nothing', Statistic: 'Sum', Period: 60 },
      // Its metric does not exist and what is missing changes nothing: only a hand rings it.
      ...{
        EvaluationPeriods: 1,
        Threshold: 100,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'ignore',
      },
    }),
  );
  const ring: BellScene['ring'] = async (state) => {
    await cloudwatch.send(
      new SetAlarmStateCommand({ AlarmName: ALARM, StateValue: state, StateReason: `set to ${state}` }),
    );
  };
  await ring('OK');
  const recorded: BellScene['recorded'] = (number, journal = place.journal) => {
    using file = openJournalForReading(journal);
    return [...file.events()].flatMap(({ event }) => {
      if (event === undefined) return [];
      const ref = 'watch' in event ? event.watch.deployment : 'deployment' in event ? event.deployment : undefined;
      return ref !== undefined && refKey(ref).endsWith(`/${number}`) ? [event.kind] : [];
    });
  };
  const rollbacks: BellScene['rollbacks'] = async (number) => {
    const log = (await shop.get(number)).EventLog ?? [];
    return log.filter(({ EventType }) => EventType === 'ROLLBACK_STARTED').length;
  };
  return {
    ...{ ...place, shop, ring, recorded, rollbacks },
    async deployBad() {
      const number = await shop.deploy({ flag: 'bad' });
      await ring('ALARM');
      return number;
    },
    async expectSound(journal = place.journal) {
      const { code, stdout } = await place.command('journal', 'verify', journal, '--json');
      expect({ code, ...verified.parse(JSON.parse(stdout)) }).toMatchObject({ code: 0, ok: true });
    },
    async expectOneStop(number, journal = place.journal) {
      expect((await shop.get(number)).State).toBe('ROLLED_BACK');
      expect(await rollbacks(number)).toBe(1);
      const kinds = recorded(number, journal);
      const times = (kind: WatchdogEvent['kind']) => kinds.filter((one) => one === kind).length;
      const told = ['stop-decided', 'stop-settled', 'recovery-judged', 'watch-released'] as const;
      expect(Object.fromEntries(told.map((kind) => [kind, times(kind)]))).toEqual(
        Object.fromEntries(told.map((kind) => [kind, 1])),
      );
      expect(kinds.indexOf('stop-requested')).toBeGreaterThan(kinds.indexOf('stop-decided'));
      expect(kinds.indexOf('stop-settled')).toBeGreaterThan(kinds.lastIndexOf('stop-requested'));
      expect(kinds.at(-1)).toBe('watch-released');
    },
  };
}

/** What came by hooks and queues in the past: the daemon's journal has it. */
import type { Said } from '../backtest/said.ts';
import { FailureError } from '../core/failure.ts';
import type { Json } from '../core/json.ts';
import { iso } from '../core/time.ts';
import { openJournalForReading } from '../journal/read.ts';
import type { Config } from '../policy/schema.ts';
import { Ended } from './ended.ts';
import { EXIT } from './exit-codes.ts';

interface Heard {
  readonly hook: string;
  readonly message: Json;
}

function read(path: string): readonly Heard[] {
  using journal = openJournalForReading(path);
  return [...journal.events({ kinds: ['hook-heard', 'alert-received'] })].flatMap(({ event }): readonly Heard[] => {
    if (event?.kind === 'hook-heard') return [{ hook: event.hook, message: { at: iso(event.at) } }];
    if (event?.kind !== 'alert-received') return [];
    const { since, labels, ...alert } = event.alert;
    const told = { ...alert, labels: { ...labels }, ...(since === undefined ? {} : { since: iso(since) }) };
    return [{ hook: event.hook, message: { at: iso(event.at), alert: told } }];
  });
}

/** What each rule with a webhook was told. Throws Ended where the file cannot be read. */
export function heardBy(path: string, config: Config): readonly Said[] {
  let heard: readonly Heard[];
  try {
    heard = read(path);
  } catch (error) {
    const code = error instanceof FailureError && error.failure.reason === 'not-found' ? EXIT.notFound : EXIT.failed;
    throw new Ended(code, error instanceof Error ? error.message : String(error));
  }
  const byHook = Map.groupBy(heard, ({ hook }) => hook);
  return config.policies.flatMap(({ name: policy, rules }) =>
    rules.flatMap((rule): readonly Said[] => {
      if (!('trigger' in rule) || rule.trigger.kind !== 'webhook') return [];
      const said = (byHook.get(rule.trigger.hook) ?? []).map(({ message }) => message);
      return [{ rule: rule.name, policy, said }];
    }),
  );
}

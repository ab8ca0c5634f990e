/** What every format of hooks must keep to: total, bounded, the same twice, and its key outlives the state. */
import { describe, expect, test } from 'vitest';
import { FailureError } from '../../src/core/failure.ts';
import type { HookFormat, Message } from '../../src/core/seams.ts';

/** A format with messages of its tool, as they arrive. */
export interface HookSubject {
  readonly open: () => HookFormat;
  /** The same thing that fires, is sent again, and is over; as their tool sends them. */
  readonly firing: Message;
  readonly resolved: Message;
  /** What its tool signs by itself, where it does: the raw bytes and their headers. */
  readonly signed?: { readonly raw: Uint8Array; readonly headers: Message['headers'] };
}

const { signal } = new AbortController();
const NOTHING = ['', 'null', '[]', '{}', '0', '"text"', '{"alerts":null}', '<html>', '{"__proto__":{"alerts":[]}}'];

function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) frozen(inner);
  return value;
}

export function hookContract(kind: string, start: () => Promise<HookSubject>): void {
  describe(`hook ${kind}`, () => {
    test('what fires and what is over are one thing in two states, each with a name, a word and a line', async () => {
      const { open, firing, resolved } = await start();
      const [first, second] = [await open().read(firing, signal), await open().read(resolved, signal)];
      expect(first.alerts.map(({ state }) => state)).toEqual(['firing']);
      expect(second.alerts.map(({ state }) => state)).toEqual(['resolved']);
      expect(second.alerts[0]?.key).toBe(first.alerts[0]?.key);
      expect(second.alerts[0]?.name).toBe(first.alerts[0]?.name);
      for (const { key, name, status, summary, since = firing.receivedAt } of [...first.alerts, ...second.alerts]) {
        expect([key, name, status, summary].filter((text) => text === '')).toEqual([]);
        expect(since).toBeLessThanOrEqual(firing.receivedAt);
      }
    });

    test('a message says the same whoever reads it and however often, is not changed, and gives plain JSON', async () => {
      const { open, firing } = await start();
      const format = open();
      const first = await format.read(frozen(firing), signal);
      expect(await format.read(firing, signal)).toEqual(first);
      expect(await open().read(firing, signal)).toEqual(first);
      expect(JSON.parse(JSON.stringify(first))).toEqual(structuredClone(first));
    });

    test.each(NOTHING)('%s is refused by a FailureError that is not to be sent again', async (text) => {
      const { open, firing } = await start();
      let json: Message['json'];
      try {
        json = JSON.parse(text);
      } catch {
        json = undefined;
      }
      const error = await open()
        .read({ ...firing, text, json }, signal)
        .catch((reason: unknown) => reason);
      if (!(error instanceof FailureError)) throw new Error(`${text} was taken`);
      expect(['malformed', 'auth', 'rejected']).toContain(error.failure.reason);
      expect(error.failure.retryable).toBe(false);
      expect(error.failure.message).toMatch(/^[\x20-\x7e…]{5,200}$/);
    });

    test('what the tool signs holds, and a byte more or another header does not', async () => {
      const { open, signed } = await start();
      const format = open();
      expect(format.authenticate === undefined).toBe(signed === undefined);
      if (format.authenticate === undefined || signed === undefined) return;
      const { raw, headers } = signed;
      expect(() => format.authenticate?.(raw, headers)).not.toThrow();
      expect(() => format.authenticate?.(Buffer.concat([raw, Buffer.from(' ')]), headers)).toThrow(FailureError);
      expect(() => format.authenticate?.(raw, {})).toThrow(FailureError);
    });
  });
}

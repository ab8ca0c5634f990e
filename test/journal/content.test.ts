import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WatchdogEvent } from '../../src/core/event.ts';
import { JsonBytes } from '../../src/core/json-bytes.ts';
import { writtenVerdict } from '../../src/core/written-evidence.ts';
import { canonicalJson, hashOf } from '../../src/journal/chain.ts';
import { contentOf } from '../../src/journal/content.ts';
import { openJournal } from '../../src/journal/open.ts';
import { ref, STORY, T0 } from './events.ts';

const anyText = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));
const refs = fc.record({
  ...{ target: anyText, region: anyText, applicationId: anyText, environmentId: anyText },
  number: fc.integer(),
});

/** Verdicts that write their evidence, of watches that are seen again and again. */
const judged = fc
  .record({
    at: fc.oneof(fc.double({ min: -8.64e15, max: 8.64e15 }), fc.constantFrom(Number.NaN, T0)),
    watch: fc.record({ deployment: refs, policy: anyText }),
    rule: anyText,
    kind: fc.constantFrom('healthy', 'breached', 'inconclusive'),
    because: anyText,
    evidence: fc.jsonValue().map((value) => canonicalJson({ value })),
  })
  .map(({ kind, because, evidence, ...rest }): WatchdogEvent => {
    const write = (to: JsonBytes) => {
      const [head = '', tail = ''] = [evidence.slice(0, 9), evidence.slice(9)];
      to.text({ plain: head, quoted: JSON.stringify(head).slice(1, -1) });
      to.text({ plain: tail, quoted: JSON.stringify(tail).slice(1, -1) });
    };
    const verdict = writtenVerdict(kind, because, { write });
    return { kind: 'rule-judged', ...rest, verdict };
  });

function written(event: WatchdogEvent): string {
  const bytes = new JsonBytes();
  contentOf(event).write(bytes.begin());
  return new TextDecoder().decode(bytes.plain());
}

test('a verdict that writes its evidence is written as any other event is', () => {
  fc.assert(
    fc.property(judged, (event) => {
      for (let time = 0; time < 2; time++) expect(written(event)).toBe(canonicalJson(event));
    }),
  );
});

test('what an event has beside the usual is written too', () => {
  fc.assert(
    fc.property(judged, anyText, (event, more) => {
      const extended = { ...event, [`more ${more}`]: more };
      expect(written(extended)).toBe(canonicalJson(extended));
    }),
  );
});

test('what is written is hashed as it is read back', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(judged, fc.constantFrom(...STORY)), { maxLength: 8 }), (events) => {
      using journal = openJournal({
        ...{ retention: 1, now: () => T0, gather: true },
        ...{ onFailure: (failure) => expect(failure).toBeUndefined(), onRecovered: () => {} },
      });
      for (const event of events) journal.append(event);
      const records = [...journal.events()];
      expect(records.map(({ data }) => data)).toEqual(events.map(canonicalJson));
      for (const { deployment = null, policy = null, hash, event: _, ...rest } of records) {
        expect(hashOf({ ...rest, deployment, policy })).toBe(hash);
      }
      expect(journal.verify().ok).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('a watch is told apart from another by itself, not by what was written of an equal one', () => {
  const [one, other] = ['a', 'b'].map((policy): WatchdogEvent => {
    const watch = { deployment: ref, policy };
    return { kind: 'stop-withheld', at: T0, watch, reason: 'held', because: [] };
  });
  if (one === undefined || other === undefined) throw new Error('there are two');
  expect([one, other, one].map((event) => contentOf(event).policy)).toEqual(['a', 'b', 'a']);
});

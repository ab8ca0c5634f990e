/** Notices are cut to what a channel takes, whatever they hold; and what is remembered of them is bounded. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundedMap } from '../../src/lib/bounded-map.ts';
import { noticeJson, noticeJsonSchema } from '../../src/lib/notice-json.ts';
import { bounded, keyWithin, noticeText } from '../../src/lib/notice-text.ts';
import { hostileNotice, noticeOf } from '../support/notices.ts';

const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 3_000 }), fc.string({ unit: 'grapheme' }));

describe('a bounded notice', () => {
  it('keeps to its limits, is well-formed, and bounding it again changes nothing', () => {
    const limits = { title: 50, reasons: 4, reason: 80, facts: 3, fact: 40, links: 2 };
    fc.assert(
      fc.property(anyText, fc.array(anyText, { maxLength: 10 }), anyText, (title, because, key) => {
        const facts = because.map((value) => ({ name: title, value }));
        const links = because.map((text) => ({
          text,
          url: `https://example.org/${encodeURIComponent(text.toWellFormed())}`,
        }));
        const told = bounded(noticeOf({ title, because, facts, links, thread: key }), limits);
        expect(told.title.length).toBeGreaterThan(0);
        expect(told.title.length).toBeLessThanOrEqual(50);
        expect(told.because.length).toBeLessThanOrEqual(4);
        expect(told.facts.length).toBeLessThanOrEqual(3);
        expect(told.links.length).toBeLessThanOrEqual(2);
        const all = JSON.stringify([told.title, told.because, told.facts, told.links, told.thread]);
        expect(all.isWellFormed()).toBe(true);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
        expect(noticeText(told)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u2028\u2029\u202e]/);
      }),
    );
  });

  it('says how many reasons it leaves out', () => {
    const because = Array.from({ length: 9 }, (_, index) => `reason ${index}`);
    const limits = { title: 50, reasons: 4, reason: 80, facts: 3, fact: 40, links: 2 };
    expect(bounded(noticeOf({ because }), limits).because).toEqual([
      'reason 0',
      'reason 1',
      'reason 2',
      '… and 6 more',
    ]);
  });

  it('as JSON keeps to its schema and is no more than 256 KiB', () => {
    const told = noticeJson(hostileNotice());
    expect(noticeJsonSchema().safeParse(told).error).toBeUndefined();
    expect(Buffer.byteLength(JSON.stringify(told))).toBeLessThan(256 * 1024);
  });
});

describe('a key', () => {
  it('is never longer than it may be, and equal only for what is equal', () => {
    fc.assert(
      fc.property(anyText, anyText, (one, other) => {
        const [a, b] = [keyWithin(one, 60), keyWithin(other, 60)];
        expect(a.length).toBeLessThanOrEqual(60);
        if (one === other) expect(a).toBe(b);
        else if (one.isWellFormed() && other.isWellFormed() && !/\\u/.test(one + other)) expect(a).not.toBe(b);
      }),
    );
  });
});

describe('a bounded map', () => {
  it('forgets what was not touched for longest', () => {
    const map = boundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    expect(map.get('a')).toBe(1);
    map.set('c', 3);
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3]);
    map.delete('a');
    expect(map.get('a')).toBeUndefined();
  });
});

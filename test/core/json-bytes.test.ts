import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonBytes, jsonPiece, jsonText } from '../../src/core/json-bytes.ts';

const decoder = new TextDecoder();
const bytes = new JsonBytes();
/** Text of every width in UTF-8, with what JSON escapes and what UTF-8 cannot hold. */
const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('"', '\\', '\u{d800}', 'é', '\n', 'x') }),
);
const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger(), fc.constantFrom(-0, 1e21, 1e-7, 5e-324));

function isWritten(json: string): void {
  expect(decoder.decode(bytes.plain())).toBe(json);
  expect(`"${decoder.decode(bytes.quoted())}"`).toBe(JSON.stringify(json));
}

test('a number and a string are written as JSON.stringify writes them, alone and in a string', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(anyNumber, anyText)), (all) => {
      bytes.begin();
      for (const one of all) typeof one === 'number' ? bytes.number(one) : bytes.string(one).name(one);
      isWritten(all.map((one) => JSON.stringify(one).repeat(typeof one === 'number' ? 1 : 2)).join(''));
    }),
  );
});

test('any JSON is written whole or in parts, whatever was written before', () => {
  fc.assert(
    fc.property(fc.json(), fc.json(), (first, second) => {
      bytes.begin().text(jsonText(first)).put(jsonPiece(second));
      isWritten(first + second);
    }),
  );
});

test('it has room for what is longer than anything before', () => {
  const long = `é"${'x'.repeat(100_000)}`;
  bytes.begin().number(1).string(long);
  isWritten(`1${JSON.stringify(long)}`);
});

test('what is quoted can have something around it that is not written otherwise', () => {
  bytes.begin('[1,"').string('é');
  expect(decoder.decode(bytes.quoted('"]'))).toBe('[1,"\\"é\\""]');
  expect(decoder.decode(bytes.plain())).toBe('"é"');
});

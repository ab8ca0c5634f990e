/** Secrets in a tree of data are found, all of them and nothing else. */
import { expect, test } from 'vitest';
import { secretSchema, secretsIn } from '../../src/lib/secret.ts';

test('every secret of a configuration is found, however deep', () => {
  const secret = (text: string) => secretSchema.parse(text);
  const tree = { a: secret('one'), b: [secret('two'), { c: { d: secret('three') } }], e: 'plain', f: null, g: 1 };
  expect(secretsIn(tree)).toEqual(['one', 'two', 'three']);
  expect(secretsIn({ reveal: () => 'no secret of ours' })).toEqual([]);
  expect(secretsIn(undefined)).toEqual([]);
});

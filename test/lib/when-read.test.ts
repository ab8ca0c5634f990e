import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { whenNamed, whenRead } from '../../src/lib/when-read.ts';

const named = (name: string) => vi.fn(() => z.strictObject({ kind: z.literal(name), size: z.number().default(1) }));

test('a schema is built when something is read by it, and once', () => {
  const build = vi.fn(() => z.strictObject({ size: z.number() }));
  const list = z.strictObject({ items: z.array(whenRead(build)) });
  expect(list.parse({ items: [] })).toEqual({ items: [] });
  expect(build).not.toHaveBeenCalled();
  expect(list.parse({ items: [{ size: 1 }, { size: 2 }] })).toEqual({ items: [{ size: 1 }, { size: 2 }] });
  expect(build).toHaveBeenCalledTimes(1);
});

test('a member of a map that has to be there is missed, and one that may be left out is not', () => {
  const size = () => z.strictObject({ size: z.number() });
  const map = z.strictObject({ must: whenRead(size), may: whenRead(size).exactOptional() });
  expect(map.parse({ must: { size: 1 } })).toEqual({ must: { size: 1 } });
  expect(map.safeParse({ may: { size: 1 } }).error?.issues).toMatchObject([{ code: 'invalid_type', path: ['must'] }]);
});

test('of a union told apart by kind the one is built that is named', () => {
  const [one, other] = [named('one'), named('other')];
  const map = z.strictObject({ it: z.discriminatedUnion('kind', [whenNamed('one', one), whenNamed('other', other)]) });
  expect(map.parse({ it: { kind: 'one' } })).toEqual({ it: { kind: 'one', size: 1 } });
  expect(other).not.toHaveBeenCalled();
  expect(map.safeParse({ it: { kind: 'another' } }).error?.issues).toMatchObject([
    { code: 'invalid_union', path: ['it', 'kind'], options: ['one', 'other'] },
  ]);
  expect(other).not.toHaveBeenCalled();
  expect(map.parse({ it: { kind: 'other', size: 2 } })).toEqual({ it: { kind: 'other', size: 2 } });
});

test('errors have the path of what they are about', () => {
  const list = z.array(z.discriminatedUnion('kind', [whenNamed('one', named('one'))]));
  const issues = list.safeParse([{ kind: 'one' }, { kind: 'one', size: 'x', more: 1 }]).error?.issues;
  expect(issues).toMatchObject([
    { code: 'invalid_type', path: [1, 'size'] },
    { code: 'unrecognized_keys', path: [1], keys: ['more'] },
  ]);
});

test('its JSON Schema is that of what is built', () => {
  const one = named('one');
  const lazy = z.toJSONSchema(z.discriminatedUnion('kind', [whenNamed('one', one), whenNamed('two', named('two'))]));
  expect(lazy).toEqual(z.toJSONSchema(z.discriminatedUnion('kind', [one(), named('two')()])));
});

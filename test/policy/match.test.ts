/** Which deployments a match fits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  couldMatchApplication,
  couldMatchEnvironment,
  type MatchFacts,
  matches,
  needsTags,
} from '../../src/policy/match.ts';
import { type Match, matchSchema } from '../../src/policy/schema.ts';

const match = (input: object = {}): Match =>
  matchSchema.parse({ application: 'checkout', environment: 'prod*', ...input });
const facts = (changes: Partial<MatchFacts> = {}): MatchFacts => ({
  target: 'eu-west-1',
  application: { id: 'abc1234', name: 'checkout' },
  environment: { id: 'env1234', name: 'prod-eu' },
  profile: { id: 'pro1234', name: 'flags' },
  type: 'USER',
  ...changes,
});
const named = (name: string) => ({ application: { id: 'abc1234', name } });

describe('a name or id', () => {
  it.each([
    ['checkout', 'checkout', true],
    ['checkout', 'Checkout', false],
    ['checkout', 'checkout-2', false],
    ['check*', 'checkout', true],
    ['*', 'team/checkout', true],
    ['team/*', 'team/a/b', true],
    ['*out', '.checkout', true],
    ['c?t', 'cat', true],
    ['c?t', 'c/t', false],
    ['{a,b}-*', 'b-1', true],
    ['[ab]x', 'cx', false],
    ['a[1', 'a[1', true],
    ['we (all)', 'we (all)', true],
    ['abc1234', 'whatever', true],
  ])('%s and %s: %s', (glob, name, fits) => {
    expect(matches(match({ application: glob }), facts(named(name)))).toBe(fits);
  });

  it('a text fits itself as a glob, whatever it is', () =>
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((text) => !/^(!|arn:)/.test(text)),
        (text) => matches(match({ application: text }), facts(named(text))),
      ),
    ));

  it('no glob and no name make it throw', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab*?[]{}(),!+@|-\\/.^$'), minLength: 1 }),
        fc.string(),
        (glob, name) => {
          const input = matchSchema.safeParse({ application: glob, environment: '*' });
          if (input.success) matches(input.data, facts(named(name)));
        },
      ),
    ));

  it('one of several globs is enough', () => {
    expect(matches(match({ environment: ['dev', 'prod-??'] }), facts())).toBe(true);
  });
});

it.each([
  ['another target', { targets: ['us-east-1'] }, {}, false],
  ['the target', { targets: ['us-east-1', 'eu-west-1'] }, {}, true],
  ['a managed deployment', {}, { type: 'MANAGED' }, false],
  ['a managed deployment that is asked for', { types: ['MANAGED'] }, { type: 'MANAGED' }, true],
  ['a type of tomorrow', { types: ['USER', 'MANAGED'] }, { type: 'OTHER' }, false],
  ['another profile', { profile: 'limits' }, {}, false],
  ['a description that is not there', { description: '*' }, {}, false],
  ['a description', { description: '*risky*' }, { description: 'a risky one' }, true],
  ['a version label', { versionLabel: 'v1.*' }, { versionLabel: 'v2.0' }, false],
  ['a tag', { tags: { team: 'sh*' } }, { tags: { team: 'shop', tier: '1' } }, true],
  ['an empty tag', { tags: { team: '*' } }, { tags: { team: '' } }, true],
  ['a tag of another value', { tags: { team: 'sh*' } }, { tags: { team: 'Shop' } }, false],
  ['tags that were not read', { tags: { team: '*' } }, {}, false],
  ['a tag named as a part of every object', { tags: { toString: '*' } }, { tags: {} }, false],
])('%s', (_, input, changes, fits) => expect(matches(match(input), facts(changes))).toBe(fits));

it('leaves out early only what can never match', () => {
  const here = match({ targets: ['eu-west-1'] });
  const { target, application, environment } = facts();
  expect(couldMatchApplication(here, target, application)).toBe(true);
  expect(couldMatchApplication(here, 'us-east-1', application)).toBe(false);
  expect(couldMatchApplication(here, target, { id: 'x', name: 'other' })).toBe(false);
  expect(couldMatchEnvironment(here, target, application, environment)).toBe(true);
  expect(couldMatchEnvironment(here, target, application, { id: 'x', name: 'dev' })).toBe(false);
});

it('asks for tags only when they decide', () => {
  expect(needsTags(match())).toBe(false);
  expect(needsTags(match({ tags: {} }))).toBe(false);
  expect(needsTags(match({ tags: { team: '*' } }))).toBe(true);
});

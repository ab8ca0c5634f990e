/** Runs the contract of each seam over everything in its registry, and holds the registries to their folders. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hooks } from '../../src/hooks/index.ts';
import { judges } from '../../src/judges/index.ts';
import { notifiers } from '../../src/notifiers/index.ts';
import { makeJudge } from '../../src/plugin.ts';
import { sources } from '../../src/sources/index.ts';
import { triggers } from '../../src/triggers/index.ts';
import { httpNumberSubject, promInstantSubject } from './endpoints.ts';
import { hookContract } from './hook.ts';
import { hookSubjects } from './hook-subjects.ts';
import { judgeContract } from './judge.ts';
import { notifierContract } from './notifier.ts';
import { furtherSubjects, notifierSubjects } from './notifier-subjects.ts';
import { sourceContract } from './source.ts';
import { askingTriggerSubjects, judgeOptions, sourceSubjects, toldTriggerSubjects } from './subjects.ts';
import { askingTriggerContract, triggerContract } from './trigger.ts';

const kindsOf = (plugins: readonly { readonly kind: string }[]) => plugins.map(({ kind }) => kind).toSorted();

test.each([
  ['sources', kindsOf(sources)],
  ['judges', kindsOf(judges)],
  ['triggers', kindsOf(triggers)],
  ['notifiers', kindsOf(notifiers)],
  ['hooks', kindsOf(hooks)],
])('what lies in src/%s is what its registry lists', (room, kinds) => {
  const listing = readdirSync(new URL(`../../src/${room}/`, import.meta.url), { withFileTypes: true });
  const plugins = listing
    .filter((entry) => !['index.ts', 'stats', 'auth', 'reading'].includes(entry.name))
    .map((entry) => entry.name.replace(/\.ts$/, ''));
  expect(plugins.toSorted()).toEqual(kinds);
});

test('every plugin stands under its contract', () => {
  expect(Object.keys(sourceSubjects).toSorted()).toEqual(kindsOf(sources));
  expect(Object.keys({ ...askingTriggerSubjects, ...toldTriggerSubjects }).toSorted()).toEqual(kindsOf(triggers));
  expect(Object.keys(hookSubjects).toSorted()).toEqual(kindsOf(hooks));
  expect(Object.keys(judgeOptions).toSorted()).toEqual(kindsOf(judges));
  expect(Object.keys(notifierSubjects).toSorted()).toEqual(kindsOf(notifiers));
});

test.each([...sources, ...judges, ...triggers, ...notifiers, ...hooks])(
  '$kind introduces itself: a line, strict options, its own kind',
  (plugin) => {
    expect(plugin.description).toMatch(/^[A-Z].*\.$/);
    const parsed = plugin.options().safeParse({ kind: 'another', surprise: 1 });
    const paths = parsed.error?.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' ? issue.keys : issue.path,
    );
    expect(paths).toContain('kind');
    expect(paths).toContain('surprise');
  },
);

sourceContract('cloudwatch', sourceSubjects.cloudwatch);
sourceContract('prometheus', sourceSubjects.prometheus);
sourceContract('prometheus with instant queries', promInstantSubject);
sourceContract('http with points', sourceSubjects.http);
sourceContract('http with one number', httpNumberSubject);
sourceContract('datadog', sourceSubjects.datadog);
sourceContract('newrelic', sourceSubjects.newrelic);
askingTriggerContract('alarm', askingTriggerSubjects.alarm);
triggerContract('webhook', toldTriggerSubjects.webhook);
for (const [kind, start] of Object.entries(hookSubjects)) hookContract(kind, start);
for (const judge of judges) {
  for (const [index, options] of (judgeOptions[judge.kind] ?? []).entries()) {
    const parsed = judge.options().parse({ kind: judge.kind, ...options });
    judgeContract(`${judge.kind} ${index + 1}`, () => makeJudge(judges, parsed));
  }
}
for (const [kind, start] of Object.entries({ ...notifierSubjects, ...furtherSubjects })) notifierContract(kind, start);

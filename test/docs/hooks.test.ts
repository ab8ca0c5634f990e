/** The recipes in docs/hooks.md: each tool's own part is what that tool takes, and fits the part of the policy file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { hooks } from '../../src/hooks/index.ts';
import { HOOK_OUTCOMES } from '../../src/http/hook-answer.ts';
import { cloudFormationProblems } from '../deploy/support/checkers.ts';
import { resolved, template } from '../deploy/support/cloudformation.ts';
import { formatOf, messageOf } from '../hooks/support/open.ts';
import { describeWith, output } from '../real/support/parts.ts';
import { documents } from './documents.ts';

const PAGE = documents().find(({ path }) => path === 'docs/hooks.md');
const blocks = (language: string) =>
  PAGE?.blocks.filter((block) => block.language === language).map(({ text }) => text) ?? [];
const [alertmanager = '', grafana = '', ...templates] = blocks('yml');
const [datadog = '', generic = ''] = blocks('json');
const policies = blocks('yaml').map((text) =>
  z
    .object({ hooks: z.record(z.string(), z.unknown()) })
    .partial()
    .parse(parse(text)),
);
const optionsOf = (name: string) => policies.find((policy) => policy.hooks?.[name] !== undefined)?.hooks?.[name];
const { signal } = new AbortController();

describe('docs/hooks.md', () => {
  it('has a recipe for every format, and one for a queue', () => {
    const kinds = policies.flatMap((policy) =>
      Object.values(policy.hooks ?? {}).map((hook) => z.looseObject({ kind: z.string() }).parse(hook).kind),
    );
    expect([...new Set(kinds)].toSorted()).toEqual(hooks.map(({ kind }) => kind).toSorted());
    expect(blocks('yaml').some((text) => text.startsWith('queues:'))).toBe(true);
  });

  it('explains every outcome with its status', () => {
    const rows = [...(PAGE?.text ?? '').matchAll(/^\| (\d{3}(?:, \d{3})*) \|.*\| (.*) \|$/gm)];
    const told = rows.flatMap(([, statuses = '', outcomes = '']) => {
      const codes = statuses.split(', ').map(Number);
      return [...outcomes.matchAll(/`([a-z-]+)`/g)].map(([, name = ''], at) => [name, codes[at] ?? codes[0]] as const);
    });
    expect(Object.fromEntries(told)).toEqual(HOOK_OUTCOMES);
  });

  it('gives Grafana the headers that the hook reads', () => {
    const contact = z.object({
      contactPoints: z.tuple([z.object({ receivers: z.tuple([z.looseObject({ settings: z.looseObject({}) })]) })]),
    });
    const [{ receivers }] = contact.parse(parse(grafana)).contactPoints;
    const auth = z.object({
      auth: z.object({ header: z.string(), timestamp: z.object({ header: z.string(), separator: z.literal(':') }) }),
    });
    const { header, timestamp } = auth.parse(optionsOf('grafana')).auth;
    expect(receivers[0].settings).toMatchObject({
      httpMethod: 'POST',
      hmacConfig: { header, timestampHeader: timestamp.header },
    });
  });

  it('gives Datadog a payload that is read once its variables are filled in', async () => {
    const filled = datadog
      .replace('$ALERT_ID', '42')
      .replace('$ALERT_TRANSITION', 'Triggered')
      .replace('$ALERT_TITLE', '[Triggered] Errors')
      .replace('$ALERT_SCOPE', 'env:prod')
      .replace('$DATE', '1795348883000');
    const { alerts } = await formatOf('datadog').read(messageOf(filled), signal);
    expect(alerts).toMatchObject([{ key: '42/env:prod', name: 'Errors', state: 'firing', labels: { env: 'prod' } }]);
    await expect(formatOf('datadog').read(messageOf(datadog), signal)).rejects.toThrow('id is no id of a monitor');
  });

  it('shows a message that its generic hook reads', async () => {
    const {
      auth: _,
      kind: __,
      ...options
    } = z.looseObject({ auth: z.unknown(), kind: z.unknown() }).parse(optionsOf('checks'));
    const { alerts } = await formatOf('generic', options).read(messageOf(generic), signal);
    expect(alerts).toMatchObject([
      { key: 'checkout-smoke', state: 'firing', labels: { region: 'eu-west-1', service: 'checkout' } },
    ]);
  });
});

describeWith('amtool', output('amtool', ['--version']) !== undefined)("Alertmanager's part", () => {
  it('is a configuration that Alertmanager takes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'appconfig-watchdog-amtool-'));
    try {
      const token = join(folder, 'token');
      writeFileSync(token, 'token-of-this-test');
      const file = join(folder, 'alertmanager.yml');
      writeFileSync(file, alertmanager.replace('/etc/alertmanager/appconfig-watchdog.token', token));
      expect(output('amtool', ['check-config', file])).toContain('SUCCESS');
      writeFileSync(file, alertmanager.replace('send_resolved', 'sendResolved'));
      expect(output('amtool', ['check-config', file])).toBeUndefined();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describeWith('cfn-lint', output('cfn-lint', ['--version']) !== undefined)('CloudFormation', () => {
  it('is there for a topic, for an API destination and for a queue', () => expect(templates).toHaveLength(3));
  it.each(templates.map((text) => [/^Description: (.*)$/m.exec(text)?.[1] ?? '', text]))(
    '%s fits its schemas',
    (_what, text) => {
      expect(cloudFormationProblems(text)).toBe('');
    },
  );

  it('bites', () => {
    const [topic = ''] = templates;
    expect(cloudFormationProblems(topic.replace('TopicArn: !Ref Topic', 'Topic: !Ref Topic'))).toContain('Topic');
  });

  it('sends by EventBridge with the header that the hook reads', () => {
    const values = { HookUrl: 'https://x/hooks/events', HookKey: 'a-key-of-this-test' };
    const { Resources } = resolved(template(templates[1] ?? ''), values);
    const { header } = z.object({ auth: z.object({ header: z.string() }) }).parse(optionsOf('events')).auth;
    expect(Resources).toMatchObject({
      Connection: {
        Properties: { AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: header, ApiKeyValue: values.HookKey } } },
      },
    });
  });
});

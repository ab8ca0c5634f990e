/** Each format opened as a policy file would, and messages for it. */
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { z } from 'zod';
import type { HookFormat, Message } from '../../../src/core/seams.ts';
import { hooks } from '../../../src/hooks/index.ts';
import { jsonOf } from '../../../src/hooks/reading/json.ts';
import type { SnsAccess } from '../../../src/hooks/sns/certificates.ts';
import { type HookPlugin, openHook } from '../../../src/plugin.ts';

export const NOW = Date.UTC(2026, 10, 22, 12, 5);
export const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:alarms';
export const PAGERDUTY_SECRET = 'pagerduty-secret-of-this-test';
const FIXTURES = new URL('../fixtures/', import.meta.url);

export const FORMATS: readonly HookPlugin<string, z.ZodObject, SnsAccess>[] = hooks;

/** Options each format can be opened with; a new one needs its entry. */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  alertmanager: {},
  grafana: {},
  sns: { topics: [TOPIC] },
  eventbridge: {},
  datadog: {},
  pagerduty: { secret: PAGERDUTY_SECRET },
  opsgenie: {},
  generic: {
    alerts: '$.checks[*]',
    key: '$.id',
    state: '$.status',
    firing: ['down', 1],
    resolved: ['up', 0],
    since: '$.since',
    summary: '$.text',
    url: '$.link',
    labels: { region: '$.meta.region', proto: '$.constructor' },
  },
};

/** No message may lead to a call unless a test says so. */
export const NO_CALLS: SnsAccess = {
  fetchCertificate: async (url) => {
    throw new Error(`nothing may be fetched, and ${url} was`);
  },
  confirmSubscription: async (url) => {
    throw new Error(`nothing may be confirmed, and ${url} was`);
  },
};

export function formatOf(kind: string, more: Record<string, unknown> = {}, access: SnsAccess = NO_CALLS): HookFormat {
  const plugin = FORMATS.find((one) => one.kind === kind);
  const options = plugin?.options().parse({ kind, ...OPTIONS[kind], ...more });
  return openHook(FORMATS, { ...options, kind }, access);
}

export function messageOf(text: string, headers: Record<string, string> = {}, receivedAt = NOW): Message {
  return { text, json: jsonOf(text), headers, receivedAt };
}

export const fixture = (name: string) => readFileSync(new URL(`${name}.json`, FIXTURES), 'utf8');
export const fixtures = readdirSync(FIXTURES).map((name) => name.replace(/\.json$/, ''));

export const pagerdutySignature = (body: string | Uint8Array, secret = PAGERDUTY_SECRET) =>
  `v1=${createHmac('sha256', secret).update(body).digest('hex')}`;

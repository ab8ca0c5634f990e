/** A server with hooks out of a policy file, and everything it was told to take and to report. */
import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { Delivery } from '../../../src/core/alert.ts';
import type { SnsAccess } from '../../../src/hooks/sns/certificates.ts';
import { watchdogMetrics } from '../../../src/http/metrics.ts';
import { startHttp } from '../../../src/http/server.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { formatPolicyErrors } from '../../../src/policy/error.ts';
import { loadPolicy } from '../../../src/policy/load.ts';
import { openHooks } from '../../../src/service/hooks.ts';
import { NO_CALLS } from '../../hooks/support/open.ts';
import { type HookReportLine, recordReports } from './reports.ts';

const EXAMPLE = readFileSync(new URL('../../../config/watchdog.yaml', import.meta.url), 'utf8');

export function configWith(more: Record<string, unknown>) {
  const loaded = loadPolicy({ path: 'w.yaml', text: `${EXAMPLE}\n${stringify(more)}` }, {});
  if (!loaded.ok) throw new Error(formatPolicyErrors(loaded.errors));
  return loaded.config;
}

export interface HookServerOptions {
  readonly hooks: Record<string, unknown>;
  readonly accept?: (hook: string, delivery: Delivery) => Promise<void>;
  readonly sns?: SnsAccess;
  readonly clock?: Clock;
  readonly host?: string;
}

export async function hookServer({
  hooks,
  accept,
  sns = NO_CALLS,
  clock = systemClock(),
  host = '127.0.0.1',
}: HookServerOptions) {
  const taken: { readonly hook: string; readonly delivery: Delivery }[] = [];
  const metrics = watchdogMetrics({ version: '0.1.0', now: clock.now, process: false });
  const reports: HookReportLine[] = [];
  const opened = openHooks({
    clock,
    sns,
    accept:
      accept ??
      (async (hook, delivery) => {
        taken.push({ hook, delivery });
      }),
    report: recordReports(reports, metrics),
  });
  const put = (given: Record<string, unknown>) => opened.put(configWith({ hooks: given }));
  put(hooks);
  const server = await startHttp({
    host,
    port: 0,
    health: () => ({ ok: true, because: [] }),
    ready: () => ({ ok: true, because: [] }),
    metrics: metrics.registry,
    status: () => null,
    hooks: opened.routes,
  });
  const post = async (
    name: string,
    body: NonNullable<RequestInit['body']> | undefined,
    headers: Record<string, string> = {},
  ) => {
    const init = { method: 'POST', headers, ...(body === undefined ? {} : { body }) };
    const response = await fetch(`${server.url}/hooks/${name}`, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: JSON.parse(text) };
  };
  return { ...server, post, put, taken, reports, metrics };
}

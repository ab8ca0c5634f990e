/** Everything a run of the daemon shows to people and programs: log, terminal, metrics, status, explanation, record. */

import { explainCommand } from '../../../src/cli/explain.ts';
import { statusCommand } from '../../../src/cli/status.ts';
import { type Deployment, deploymentTitle } from '../../../src/core/deployment.ts';
import type { WatchdogEvent } from '../../../src/core/event.ts';
import type { DaemonState } from '../../../src/engine/daemon.ts';
import { watchdogMetrics } from '../../../src/http/metrics.ts';
import { startHttp } from '../../../src/http/server.ts';
import { statusReport } from '../../../src/http/status.ts';
import { openJournalForReading } from '../../../src/journal/read.ts';
import { eventLog } from '../../../src/log/event-log.ts';
import { watchdogLogger } from '../../../src/log/logger.ts';
import { sentences } from '../../../src/log/sentences.ts';
import { journalOf, run, runIn } from '../../cli/explain-status-io.ts';

function logged(events: readonly WatchdogEvent[], pretty: boolean): readonly string[] {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const { logger } = watchdogLogger({ level: 'debug', destination, ...(pretty ? { shown: sentences(false) } : {}) });
  const tell = eventLog(logger);
  for (const event of events) tell(event);
  return lines;
}

export interface Shown {
  readonly json: readonly string[];
  readonly pretty: readonly string[];
  readonly metrics: string;
  /** `status` and `status --json`. */
  readonly status: readonly [string, string];
  /** `explain` and `explain --json`, and for a deployment that is not there. */
  readonly explained: readonly [string, string, string];
  /** Events as a reader of the journal gets them back. */
  readonly recorded: readonly (WatchdogEvent | undefined)[];
  readonly sound: boolean;
}

export async function shown(events: readonly WatchdogEvent[], state: DaemonState, about: Deployment): Promise<Shown> {
  const metrics = watchdogMetrics({ version: 'test', now: () => 0, process: false });
  for (const event of events) metrics.onEvent(event);
  await using http = await startHttp({
    ...{ host: '127.0.0.1', port: 0, metrics: metrics.registry },
    health: () => ({ ok: true, because: [] }),
    ready: () => ({ ok: true, because: [] }),
    status: () => statusReport(state, 'test', about.startedAt),
  });
  using file = journalOf(events);
  using journal = openJournalForReading(file.path);
  const explain = async (...args: readonly string[]) => {
    const ran = await run(explainCommand, ...args, '--journal', file.path);
    return ran.out + ran.err;
  };
  const ids = `${about.ref.target}:${about.ref.applicationId}/${about.ref.environmentId}/${about.ref.number}`;
  const status = async (...args: readonly string[]) => {
    const ran = await runIn({}, statusCommand, '--url', http.url, ...args);
    return ran.out + ran.err;
  };
  return {
    json: logged(events, false),
    pretty: logged(events, true),
    metrics: await (await fetch(`${http.url}/metrics`)).text(),
    status: [await status(), await status('--json')],
    explained: [await explain(ids), await explain(ids, '--json'), await explain(`${deploymentTitle(about)}9`)],
    recorded: [...journal.events()].map(({ event }) => event),
    sound: journal.verify().ok,
  };
}

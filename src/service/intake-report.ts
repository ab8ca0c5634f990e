/** What came in, counted and told: every message in the metrics, of each kind one a minute in the log. */
import type { Logger } from 'pino';
import type { Duration } from '../core/time.ts';
import type { HookRoutes } from '../http/hooks.ts';
import type { WatchdogMetrics } from '../http/metrics.ts';
import { tellProgram } from '../log/program-lines.ts';
import type { QueueReport } from '../queues/queue.ts';

const EVERY: Duration = 60_000;

/** Calls `tell` with how many there were since it was last called for the same key. */
function sampled(elapsed: () => Duration, every = EVERY) {
  const counts = new Map<string, { untold: number; toldAt: Duration }>();
  return (key: string, tell: (messages: number) => void) => {
    const entry = counts.get(key) ?? { untold: 0, toldAt: Number.NEGATIVE_INFINITY };
    counts.set(key, entry);
    entry.untold++;
    if (elapsed() - entry.toldAt < every) return;
    tell(entry.untold);
    entry.untold = 0;
    entry.toldAt = elapsed();
  };
}

interface ReportOptions {
  readonly metrics: Pick<WatchdogMetrics, 'onHook' | 'onQueue'>;
  readonly logger: Logger;
  /** Never goes back. */
  readonly elapsed: () => Duration;
}

export function hookReport({ metrics, logger, elapsed }: ReportOptions): HookRoutes['report'] {
  const sample = sampled(elapsed);
  return ({ hook, answer }) => {
    const { outcome } = answer;
    const because = answer.detail ?? answer.because ?? '';
    metrics.onHook({ hook, outcome });
    // Strangers choose neither how many keys there are nor a word of the line.
    const name = hook ?? '(unknown)';
    if (outcome === 'noted') {
      sample(`${name} ${because}`, () =>
        tellProgram(logger, 'hook-noted', { hook: name, because }, `hook ${name}: ${because}`),
      );
    } else if (outcome !== 'taken' && outcome !== 'repeated') {
      sample(`${name} ${outcome}`, (messages) => {
        const fields = { hook: name, outcome, because, messages };
        tellProgram(logger, 'hook-refused', fields, `hook ${name} did not take a message: ${because || outcome}`);
      });
    }
  };
}

export function queueReport({ metrics, logger, elapsed }: ReportOptions): (report: QueueReport) => void {
  const sample = sampled(elapsed);
  return (report) => {
    const { queue } = report;
    switch (report.kind) {
      case 'message':
        metrics.onQueue({ queue, outcome: report.outcome });
        if (report.outcome !== 'refused') return;
        sample(queue, (messages) => {
          const fields = { queue, because: report.because, messages };
          tellProgram(
            logger,
            'queue-message-refused',
            fields,
            `queue ${queue}: a message is not taken: ${report.because}`,
          );
        });
        return;
      case 'unreachable': {
        const { reason, message } = report.failure;
        const fields = { queue, reason, because: message };
        tellProgram(logger, 'queue-unreachable', fields, `queue ${queue} cannot be read: ${message}`);
        return;
      }
      case 'reachable':
        tellProgram(logger, 'queue-reachable', { queue }, `queue ${queue} is read again`);
    }
  };
}

/** What the route reported, as flat lines. */
import type { HookRoutes } from '../../../src/http/hooks.ts';
import type { WatchdogMetrics } from '../../../src/http/metrics.ts';

export interface HookReportLine {
  readonly hook: string | undefined;
  readonly outcome: string;
  readonly because: string | undefined;
}

export function recordReports(into: HookReportLine[], metrics: WatchdogMetrics): HookRoutes['report'] {
  return ({ hook, answer }) => {
    into.push({ hook, outcome: answer.outcome, because: answer.because });
    metrics.onHook({ hook, outcome: answer.outcome });
  };
}

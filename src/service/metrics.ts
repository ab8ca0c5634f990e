/** The metrics as the service holds them: loaded after the first question to AWS, and what was told before is counted. */
import type { MetricsOptions, WatchdogMetrics } from '../http/metrics.ts';

export type Reports = Omit<WatchdogMetrics, 'registry'>;

export interface ServiceMetrics extends Reports {
  /** Loads them, once. What has been told until then is counted first. */
  load(): Promise<WatchdogMetrics['registry']>;
}

export function serviceMetrics(options: MetricsOptions): ServiceMetrics {
  let held: ((reports: Reports) => void)[] = [];
  let reports: Reports | undefined;
  const tell = (what: (reports: Reports) => void) => {
    if (reports === undefined) held.push(what);
    else what(reports);
  };
  return {
    onEvent: (event) => tell((to) => to.onEvent(event)),
    onHistory: (events) => tell((to) => to.onHistory(events)),
    onCall: (call) => tell((to) => to.onCall(call)),
    onPass: (pass) => tell((to) => to.onPass(pass)),
    onQueries: (queries) => tell((to) => to.onQueries(queries)),
    onRequest: (request) => tell((to) => to.onRequest(request)),
    onHook: (message) => tell((to) => to.onHook(message)),
    onQueue: (message) => tell((to) => to.onQueue(message)),
    onHeartbeatFailure: (to) => tell((reports) => reports.onHeartbeatFailure(to)),
    onNotifiers: (names) => tell((to) => to.onNotifiers(names)),
    onNotification: (notification) => tell((to) => to.onNotification(notification)),
    async load() {
      const { watchdogMetrics } = await import('../http/metrics.ts');
      const loaded = watchdogMetrics(options);
      for (const what of held) what(loaded);
      held = [];
      reports = loaded;
      return loaded.registry;
    },
  };
}

/** Where nobody can ask for metrics nothing is counted. */
export const NO_METRICS: Reports = {
  onEvent() {},
  onHistory() {},
  onCall() {},
  onPass() {},
  onQueries() {},
  onRequest() {},
  onHook() {},
  onQueue() {},
  onHeartbeatFailure() {},
  onNotifiers() {},
  onNotification() {},
};

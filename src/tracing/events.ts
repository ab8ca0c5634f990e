/** An event of the watchdog as it stands in a span: its name in the log's vocabulary, and the little that tells it apart. */
import type { WatchdogEvent } from '../core/event.ts';
import type { Attributes, Tracer } from '../lib/trace.ts';

function because(event: WatchdogEvent): string | undefined {
  if (event.kind === 'rule-judged') return event.verdict.because;
  if (!('because' in event)) return undefined;
  return typeof event.because === 'string' ? event.because : event.because.join('; ');
}

function about(event: WatchdogEvent): Attributes {
  const failure = 'failure' in event ? event.failure : undefined;
  return {
    'appconfig.policy': 'watch' in event ? event.watch.policy : undefined,
    'appconfig.rule': 'rule' in event ? event.rule : undefined,
    'appconfig.verdict': event.kind === 'rule-judged' ? event.verdict.kind : undefined,
    'appconfig.because': because(event),
    'appconfig.stop.attempt': 'attempt' in event ? event.attempt : undefined,
    'appconfig.stop.outcome': 'outcome' in event ? event.outcome.kind : undefined,
    'aws.request_id': 'requestId' in event ? event.requestId : undefined,
    'error.type': failure?.reason,
    'error.message': failure?.message,
  };
}

/** Notes an event in the span it happened in, right after it was put on record. */
export function noteEvent(trace: Tracer, event: WatchdogEvent): void {
  trace.note(event.kind, () => about(event));
}

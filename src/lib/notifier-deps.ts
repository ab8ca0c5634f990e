/** What a notifier is given beside its options. */
import type { Clock } from './clock.ts';
import type { HttpClient } from './http.ts';

export interface NotifierDeps {
  readonly http: HttpClient;
  /** For the time that stands in a message. */
  readonly clock: Clock;
}

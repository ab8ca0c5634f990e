/** What a notifier is given beside its options. */
import type { Clock } from './clock.ts';
import type { HttpClient } from './http.ts';

/** Threads of one notifier that keeps some, by what they are about; they outlive the process. */
export interface Threads {
  /** The id of the thread, where one was begun. */
  of(thread: string): string | undefined;
  began(thread: string, id: string): void;
}

export interface NotifierDeps {
  readonly http: HttpClient;
  /** For the time that stands in a message. */
  readonly clock: Clock;
  readonly threads: Threads;
}

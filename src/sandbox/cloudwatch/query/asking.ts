/** Where and when queries are asked: whose metrics, which window, which faults. */
import type { Instant, Window } from '../../../core/time.ts';
import type { FaultRule, Faults } from '../../faults.ts';
import type { Store } from '../metrics/store.ts';

export interface Asking {
  readonly account: string;
  readonly store: Store;
  readonly storeOf: (account: string) => Store | undefined;
  readonly faults: Faults;
  readonly effects: readonly FaultRule[];
  readonly window: Window;
  readonly now: Instant;
}

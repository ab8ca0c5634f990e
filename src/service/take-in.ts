/** What hooks and queues bring on its way to the daemon: on record before anybody is thanked for it. */
import type { Delivery } from '../core/alert.ts';
import type { WatchdogEvent } from '../core/event.ts';
import { type Failure, FailureError } from '../core/failure.ts';
import { type Intake, type IntakeOptions, openIntake } from './intake.ts';

export interface TakeInOptions extends Omit<IntakeOptions, 'accept' | 'onSetAside'> {
  /** Puts alerts on record and has them decided on. */
  readonly deliver: (hook: string, delivery: Delivery) => void;
  readonly record: (event: WatchdogEvent) => void;
  /** Why what was put on record is not on disk; undefined when it is. */
  readonly failing: () => Failure | undefined;
}

/**
 * What came is taken into account whether or not the disk takes it; but who sent it is asked to send it again until it
 * is on record.
 */
export function takeIn({ deliver, record, failing, ...options }: TakeInOptions): Intake {
  const assertOnRecord = () => {
    const failure = failing();
    if (failure === undefined) return;
    const message = `it is not on record yet: ${failure.message}`;
    throw new FailureError({ reason: 'unavailable', retryable: true, message });
  };
  return openIntake({
    ...options,
    async accept(hook, delivery) {
      deliver(hook, delivery);
      assertOnRecord();
    },
    async onSetAside({ queue, reason, body }) {
      record({ kind: 'message-set-aside', at: options.clock.now(), queue, because: reason, body });
      assertOnRecord();
    },
  });
}

/** Whether the queues of a policy file can be reached and emptied, without touching a message. */
import { awsCaller } from '../aws/caller.ts';
import { failureOf } from '../core/failure.ts';
import type { Clock } from '../lib/clock.ts';
import type { QueueOptions } from '../policy/hook.ts';
import { queueClient } from '../queues/client.ts';
import { finding, type LiveFinding, ok, warn } from './live-finding.ts';

/** No receipt of SQS: who may delete is told that it is none, and nothing goes from the queue. */
const NO_RECEIPT = 'no-receipt';
const NO_SUCH_RECEIPT = /ReceiptHandleIsInvalid|InvalidReceipt/;

const UNTRIED = 'receiving is not tried: it would hide messages from the daemon for a while';

async function checkQueue(name: string, queue: QueueOptions, clock: Clock, signal: AbortSignal): Promise<LiveFinding> {
  const client = queueClient(queue, awsCaller({ target: `queue ${name}`, clock, quotas: {} }));
  const work = async () => {
    try {
      await client.delete([NO_RECEIPT], signal);
      return warn('the answer to deleting a message that does not exist was not that there is none');
    } catch (error) {
      const failure = failureOf(error);
      if (NO_SUCH_RECEIPT.test(`${failure.code ?? ''} ${failure.message}`)) {
        return ok(`reached, and messages may be deleted; ${UNTRIED}`);
      }
      throw error;
    }
  };
  try {
    return { target: '', about: '', check: `queue ${name}`, ...(await finding(work)) };
  } finally {
    client.destroy();
  }
}

export function queueFindings(
  queues: Readonly<Record<string, QueueOptions>>,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly LiveFinding[]> {
  return Promise.all(Object.entries(queues).map(([name, queue]) => checkQueue(name, queue, clock, signal)));
}

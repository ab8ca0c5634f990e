/** A queue over the SDK, which is loaded when there is a queue to ask. */
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { AwsCaller } from '../aws/caller.ts';
import type { Transport } from '../aws/clients.ts';
import { UndiciHandler } from '../aws/http.ts';
import { roleCredentials } from '../aws/role.ts';
import { FailureError } from '../core/failure.ts';
import type { Secret } from '../lib/secret.ts';

export interface Received {
  readonly id: string;
  readonly body: string;
  readonly receipt: string;
  /** How often it was given out, this time included. */
  readonly times: number;
}

export interface QueueClient {
  /** Up to ten; waits for the first one as long as it may. */
  receive(signal: AbortSignal): Promise<readonly Received[]>;
  /** Throws FailureError also where only some could not be deleted. */
  delete(receipts: readonly string[], signal: AbortSignal): Promise<void>;
  destroy(): void;
}

export interface QueueAddress {
  readonly url: string;
  readonly region: string;
  readonly role?: { readonly arn: string; readonly externalId?: Secret };
  /** Milliseconds that SQS holds a request back until there is a message. */
  readonly wait: number;
}

const MOST_AT_ONCE = 10;
/** Beyond what SQS holds a request back. */
const MARGIN = 10_000;

function configOf({ url, region, role, wait }: QueueAddress, transport: Transport | undefined) {
  const requestHandler = transport ?? new UndiciHandler({ connections: 4, patience: wait + MARGIN });
  // The queue is where its URL says: the SDK would go there as well, and complain each time on stderr.
  const endpoint = new URL(url).origin;
  const base = { region, endpoint, requestHandler, customUserAgent: 'appconfig-watchdog', maxAttempts: 2 };
  if (role === undefined) return base;
  const externalId = role.externalId === undefined ? {} : { externalId: role.externalId.reveal() };
  return { ...base, credentials: roleCredentials({ arn: role.arn, ...externalId }, { region, requestHandler }) };
}

export function queueClient(address: QueueAddress, caller: AwsCaller, transport?: Transport): QueueClient {
  const sdk = import('@aws-sdk/client-sqs');
  let client: SQSClient | undefined;
  const QueueUrl = address.url;
  const opened = async () => {
    const { SQSClient: Client } = await sdk;
    client ??= new Client(configOf(address, transport));
    return client;
  };
  return {
    async receive(signal) {
      const [{ ReceiveMessageCommand }, sqs] = await Promise.all([sdk, opened()]);
      const command = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: MOST_AT_ONCE,
        WaitTimeSeconds: address.wait / 1_000,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      });
      const send = (abortSignal: AbortSignal) => sqs.send(command, { abortSignal });
      const { Messages = [] } = await caller.call('ReceiveMessage', send, signal, { timeout: address.wait + MARGIN });
      return Messages.flatMap(({ MessageId: id = '', Body: body = '', ReceiptHandle: receipt, Attributes = {} }) => {
        const times = Number(Attributes.ApproximateReceiveCount ?? 1);
        return receipt === undefined ? [] : [{ id, body, receipt, times: Number.isFinite(times) ? times : 1 }];
      });
    },
    async delete(receipts, signal) {
      if (receipts.length === 0) return;
      const [{ DeleteMessageBatchCommand }, sqs] = await Promise.all([sdk, opened()]);
      const Entries = receipts.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
      const command = new DeleteMessageBatchCommand({ QueueUrl, Entries });
      const send = (abortSignal: AbortSignal) => sqs.send(command, { abortSignal });
      const { Failed = [] } = await caller.call('DeleteMessageBatch', send, signal);
      const [first] = Failed;
      if (first === undefined) return;
      const message = `DeleteMessageBatch: ${Failed.length} of ${receipts.length} messages stay in the queue`;
      throw new FailureError({ reason: 'unavailable', retryable: true, message, code: first.Code ?? 'Failed' });
    },
    destroy: () => client?.destroy(),
  };
}

/** The queues of the policy file in force, each followed by a loop of its own; one that a reload leaves as it is goes on. */

import { awsCaller, type CallReport } from '../aws/caller.ts';
import type { Transport } from '../aws/clients.ts';
import { certificates, type SnsAccess } from '../hooks/sns/certificates.ts';
import { secretsIn } from '../lib/secret.ts';
import type { QueueOptions } from '../policy/hook.ts';
import type { Config } from '../policy/schema.ts';
import { queueClient } from '../queues/client.ts';
import { type QueueRun, type RunningQueue, startQueue } from '../queues/queue.ts';
import { readQueued } from '../queues/read.ts';

export interface QueuesOptions extends Pick<QueueRun, 'clock' | 'random' | 'accept' | 'onSetAside' | 'report'> {
  readonly sns: SnsAccess;
  readonly onCall?: (report: CallReport) => void;
  /** What carries requests to AWS; default: HTTP over the network of this machine. */
  readonly transport?: Transport;
}

export interface Queues {
  /** Puts those of a policy file in force: new ones are followed from now on, gone ones are left. */
  put(config: Pick<Config, 'queues'>): void;
  /** Ends requests that wait at once; resolves when what was fetched is taken care of. */
  stop(): Promise<void>;
}

/** The account is in the path of the URL; a message of AppConfig's own says neither account nor region. */
function originOf({ url, region }: QueueOptions) {
  const account = /\/(\d{12})\/[^/]+$/.exec(url)?.[1];
  return { region, account };
}

/** No quota of SQS is near: this bounds what a flooded queue may take of the daemon. */
const QUOTAS = { ReceiveMessage: 50, DeleteMessageBatch: 50 } as const;

export function openQueues(options: QueuesOptions): Queues {
  const { clock, sns, onCall, transport } = options;
  const held = certificates(sns.fetchCertificate);
  const running = new Map<string, { readonly identity: string; readonly run: RunningQueue }>();
  const leaving = new Set<Promise<void>>();

  function start(name: string, queue: QueueOptions): RunningQueue {
    const caller = awsCaller({
      target: `queue ${name}`,
      clock,
      quotas: QUOTAS,
      ...(onCall === undefined ? {} : { onCall }),
    });
    const reading = {
      certificates: queue.signatures === 'verify' ? held : undefined,
      topics: queue.topics,
      origin: originOf(queue),
    };
    return startQueue({
      ...options,
      name,
      client: queueClient(queue, caller, transport),
      read: (body, arrival, signal) => readQueued(body, reading, arrival, signal),
    });
  }

  function leave(name: string): void {
    const left = running.get(name)?.run.stop();
    running.delete(name);
    if (left === undefined) return;
    leaving.add(left);
    void left.finally(() => leaving.delete(left));
  }

  return {
    put({ queues }) {
      const wanted = new Map(
        Object.entries(queues).map(([name, queue]) => [
          name,
          { queue, identity: JSON.stringify([queue, secretsIn(queue).map((secret) => secret.reveal())]) },
        ]),
      );
      for (const [name, { identity }] of running) if (wanted.get(name)?.identity !== identity) leave(name);
      for (const [name, { queue, identity }] of wanted) {
        if (!running.has(name)) running.set(name, { identity, run: start(name, queue) });
      }
    },
    async stop() {
      for (const name of [...running.keys()]) leave(name);
      await Promise.all(leaving);
    },
  };
}

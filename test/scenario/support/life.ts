/** One life of the daemon that can end at any instant as by kill -9: nothing more is written, asked or heard. */
import type { WatchdogEvent } from '../../../src/core/event.ts';
import type { TargetAccess } from '../../../src/engine/access.ts';
import { type Daemon, type DaemonOptions, startDaemon } from '../../../src/engine/daemon.ts';

export interface Life {
  readonly daemon: Daemon;
  readonly ended: boolean;
  kill(): Promise<void>;
}

/** Whether this life ends right after the event was written. */
export type KillWhen = (event: WatchdogEvent) => boolean;

/** What a dead process would have asked or heard: nothing, until its sockets are closed. */
function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function mortal(access: TargetAccess, isDead: () => boolean): TargetAccess {
  const alive = async <Out>(signal: AbortSignal, ask: () => Promise<Out>): Promise<Out> => {
    if (isDead()) return silence(signal);
    const settled = await ask().then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    return isDead() ? silence(signal) : settled();
  };
  const { port, source, trigger } = access;
  return {
    ...access,
    account: (signal) => alive(signal, () => access.account(signal)),
    port: {
      listApplications: (signal) => alive(signal, () => port.listApplications(signal)),
      listEnvironments: (id, signal) => alive(signal, () => port.listEnvironments(id, signal)),
      newestDeployments: (app, env, signal) => alive(signal, () => port.newestDeployments(app, env, signal)),
      deploymentsSince: (app, env, since, signal) =>
        alive(signal, () => port.deploymentsSince(app, env, since, signal)),
      getDeployment: (ref, place, signal) => alive(signal, () => port.getDeployment(ref, place, signal)),
      stopDeployment: (ref, options, signal) => alive(signal, () => port.stopDeployment(ref, options, signal)),
      tagsOf: (ref, account, signal) => alive(signal, () => port.tagsOf(ref, account, signal)),
    },
    source: {
      ...source,
      query: (query, window, settle, signal) => alive(signal, () => source.query(query, window, settle, signal)),
    },
    trigger: {
      ...trigger,
      check: (options, context, signal) => alive(signal, () => trigger.check(options, context, signal)),
    },
  };
}

export function beginLife(options: DaemonOptions, killWhen: KillWhen): Life {
  let dead = false;
  const begun = Promise.withResolvers<Daemon>();
  const daemon = startDaemon({
    ...options,
    grace: 0,
    connect: (target, alerts) => mortal(options.connect(target, alerts), () => dead),
    record(event) {
      if (dead) return;
      options.record(event);
      if (killWhen(event)) {
        dead = true;
        void begun.promise.then((self) => self.stop('SIGKILL'));
      }
    },
  });
  begun.resolve(daemon);
  return {
    daemon,
    get ended() {
      return dead;
    },
    async kill() {
      dead = true;
      await daemon.stop('SIGKILL');
    },
  };
}

/** Tells in the log when heartbeats cannot be delivered, and when they can again. */
import type { Logger } from 'pino';
import type { Failure } from '../core/failure.ts';
import type { Listener } from '../heartbeat/listener.ts';
import { tellProgram } from '../log/program-lines.ts';

/** For each change: a failure when beats fail from now on, none when they are delivered again. */
export function heartbeatTeller(logger: Logger): (to: Listener['kind'], failure: Failure | undefined) => void {
  return (to, failure) => {
    if (failure === undefined) {
      tellProgram(logger, 'heartbeat-delivered', { to }, `the heartbeat (${to}) is delivered again`);
      return;
    }
    const told = `the heartbeat (${to}) cannot be delivered: ${failure.message}`;
    tellProgram(logger, 'heartbeat-failing', { to, failure: { ...failure } }, told);
  };
}

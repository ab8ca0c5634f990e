/** The sandbox: a local AppConfig, CloudWatch and STS on one port, with a clock and faults of their own. */
import type { Clock } from '../lib/clock.ts';
import { createControl } from './control.ts';
import { type CoreOptions, sandboxCore } from './core.ts';
import type { Faults } from './faults.ts';
import type { SeenRequest } from './gateway.ts';
import { startServer } from './server.ts';
import type { Place } from './world.ts';

export type { FaultKind } from './faults.ts';

export interface SandboxOptions extends CoreOptions {
  /** Default 0: any free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
}

export interface Sandbox extends AsyncDisposable {
  /** All a client needs: AWS_ENDPOINT_URL. */
  readonly url: string;
  readonly clock: Clock;
  readonly faults: Faults;
  /** What was asked, oldest first; the last 100,000. */
  requests(): readonly SeenRequest[];
  /** Requests that will still be answered; those that hang are not counted. */
  inFlight(): number;
  /** The services themselves, without HTTP; default: the sandbox's account and us-east-1. */
  state(account?: string, region?: string): Place;
  stop(): Promise<void>;
}

/** Starts it; rejects with Node's error when it cannot listen. Stop it, or dispose of it, when done. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { clock, faults, gateway, readClock, requests, state, ...core } = sandboxCore(options);
  const server = await startServer({
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    gateway,
    control: createControl({ faults, readClock, requests }),
  });
  const stop = async () => {
    await core.stop();
    await server.stop();
  };
  return {
    url: server.url,
    clock,
    faults,
    requests,
    inFlight: server.inFlight,
    state,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

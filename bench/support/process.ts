/** Processes under measurement: started with a bare environment, their memory read from the kernel, ended for sure. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

export interface Measured extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Resident memory now, in MB of 10^6 bytes. */
  resident(): number;
  /** CPU time so far, user and system, in milliseconds. */
  cpu(): number;
}

/** The clock ticks of /proc, 100 a second on every Linux that Node runs on. */
const TICK_MS = 10;

/** Runs Node; it sees PATH, HOME and what it is given. Needs Linux's /proc. */
export function startMeasured(args: readonly string[], env: Readonly<Record<string, string>>): Measured {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exit = once(child, 'exit');
  return {
    child,
    resident() {
      const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
      return (Number(kib) * 1024) / 1e6;
    },
    cpu() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** Where log lines go: a destination that is slow, full or gone never holds up or throws into the one who logs. */
import { constants, fstatSync, openSync, write } from 'node:fs';

export interface Destination {
  write(line: string): void;
  /** Resolves when everything handed over has been written, or after two seconds given up. */
  flush(): Promise<void>;
  /** Lines that could not be written. */
  lost(): number;
}

/** More than this waiting (UTF-16 units) and new lines are dropped and counted: a stuck reader must not fill memory. */
const LONGEST_QUEUE = 16 * 1024 * 1024;

export interface DestinationOptions {
  readonly longestQueue?: number;
  /** What is written, as soon as there is room again, in place of so many lines that were dropped. */
  readonly lostLine?: (lines: number) => string;
}

/** A pipe whose reader is gone, or a closed descriptor: no use trying again. */
const GONE: ReadonlySet<string | undefined> = new Set(['EPIPE', 'EBADF', 'ENXIO', 'EIO']);

const FLUSH_WITHIN = 2_000;

/**
 * The descriptor to write to. A pipe is opened anew without blocking, where the system lets one: a write to a pipe that
 * nobody reads would else sit in a thread for ever, and with it the end of the process.
 */
function writable(fd: number): number | undefined {
  try {
    if (!fstatSync(fd).isFIFO()) return fd;
  } catch {
    return undefined;
  }
  try {
    return openSync(`/dev/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return fd;
  }
}

/** Writes to a file descriptor (1 is stdout) in the background, in order. */
export function descriptorDestination(descriptor: number, options: DestinationOptions = {}): Destination {
  const { longestQueue = LONGEST_QUEUE, lostLine = () => '' } = options;
  const fd = writable(descriptor) ?? -1;
  let queue: string[] = [];
  let queued = 0;
  let lost = 0;
  /** Of those lost, the ones no line has told of. */
  let untold = 0;
  let gone = fd < 0;
  let idle: PromiseWithResolvers<void> | undefined;

  const drop = (lines: number) => {
    lost += lines;
    untold += lines;
  };
  const giveUp = (lines: number) => {
    gone = true;
    drop(lines + queue.length);
    queue = [];
    queued = 0;
  };
  const rest = () => {
    idle?.resolve();
    idle = undefined;
  };
  const next = () => {
    const lines = queue;
    if (untold > 0 && !gone) lines.push(lostLine(untold));
    untold = 0;
    if (lines.length === 0) return rest();
    queue = [];
    queued = 0;
    put(Buffer.from(lines.join('')), lines.length);
  };
  const put = (bytes: Buffer, lines: number) => {
    write(fd, bytes, 0, bytes.length, null, (error, written) => {
      if (error === null && written === bytes.length) return next();
      if (error === null) return put(bytes.subarray(written), lines);
      if (error.code === 'EAGAIN' && !gone) return void setTimeout(() => put(bytes, lines), 20);
      if (gone || GONE.has(error.code)) giveUp(lines);
      else drop(lines);
      next();
    });
  };
  return {
    write(line) {
      // Once one was dropped all are, until there is room to tell of it: what is told stays in order.
      if (gone || untold > 0 || queued + line.length > longestQueue) return drop(1);
      queue.push(line);
      queued += line.length;
      if (idle !== undefined) return;
      idle = Promise.withResolvers<void>();
      next();
    },
    async flush() {
      if (idle === undefined) return;
      const late = setTimeout(() => {
        giveUp(0);
        rest();
      }, FLUSH_WITHIN);
      await idle.promise;
      clearTimeout(late);
    },
    lost: () => lost,
  };
}

/** Wraps anything that takes text, such as a test's array: what it throws is counted, not passed on. */
export function guardedDestination(sink: { write(line: string): unknown }): Destination {
  let lost = 0;
  return {
    write(line) {
      try {
        sink.write(line);
      } catch {
        lost++;
      }
    },
    flush: () => Promise.resolve(),
    lost: () => lost,
  };
}

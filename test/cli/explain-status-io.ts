/** A world for commands: what they print and end with, and a journal file of literal events. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { CliIo } from '../../src/cli/io.ts';
import type { WatchdogEvent } from '../../src/core/event.ts';
import { openJournal } from '../../src/journal/open.ts';
import { T0 } from '../journal/events.ts';

export interface Ran {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

/** A world without an effect on this one; `ran` is told what is written and how it ends. */
export function ioIn(env: CliIo['env'], ran = { out: '', err: '', code: 0 }): CliIo {
  return {
    out: (text) => {
      ran.out += text;
    },
    err: (text) => {
      ran.err += text;
    },
    env,
    readFile: (path) => readFileSync(path),
    exit: (code) => {
      ran.code = code;
    },
  };
}

export async function runIn(
  env: CliIo['env'],
  command: (io: CliIo) => Command,
  ...args: readonly string[]
): Promise<Ran> {
  const ran = { out: '', err: '', code: 0 };
  await command(ioIn(env, ran)).parseAsync(args, { from: 'user' });
  return ran;
}

export function run(command: (io: CliIo) => Command, ...args: readonly string[]): Promise<Ran> {
  return runIn({}, command, ...args);
}

/** A journal file holding these events, in a folder that goes with it. */
export function journalOf(events: readonly WatchdogEvent[]): { readonly path: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  const path = join(folder, 'journal.db');
  using journal = openJournal({
    path,
    retention: 86_400_000,
    now: () => T0,
    onFailure: (failure) => {
      throw new Error(failure.message);
    },
    onRecovered: () => {},
  });
  for (const event of events) journal.append(event);
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

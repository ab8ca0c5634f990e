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

export async function run(command: (io: CliIo) => Command, ...args: readonly string[]): Promise<Ran> {
  const ran = { out: '', err: '', code: 0 };
  const io: CliIo = {
    out: (text) => {
      ran.out += text;
    },
    err: (text) => {
      ran.err += text;
    },
    env: {},
    readFile: (path) => readFileSync(path),
    exit: (code) => {
      ran.code = code;
    },
  };
  await command(io).parseAsync(args, { from: 'user' });
  return ran;
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

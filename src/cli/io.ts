/** What a command touches of the world around it, so that tests can be that world. */
import { harmlessLine } from '../lib/text.ts';
import type { ExitCode } from './exit-codes.ts';

export interface CliIo {
  /** Writes to stdout exactly what it is given. */
  out(text: string): void;
  /** Writes to stderr exactly what it is given. */
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The bytes of a file; throws as Node does. */
  readFile(path: string): Uint8Array;
  /** What the process will end with. */
  exit(code: ExitCode): void;
}

/** Lines for a terminal, each ended; whatever they quote, nothing in them drives it. JSON stays the same value. */
export function lines(...texts: readonly string[]): string {
  return harmlessLine(texts.map((text) => `${text}\n`).join(''));
}

/** A world for commands that read one policy file: files by path, and what was said and how it ended. */
import type { Command } from 'commander';
import { CommanderError } from 'commander';
import type { CliIo } from '../../../src/cli/io.ts';

export interface Outcome {
  readonly out: string;
  readonly err: string;
  /** Undefined when the command set none. */
  readonly code: number | undefined;
}

/** Runs one command as the command line would, on these files. */
export async function runCommand(
  make: (io: CliIo) => Command,
  args: readonly string[],
  files: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  let out = '';
  let err = '';
  let code: number | undefined;
  const io: CliIo = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env,
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
      return Buffer.from(text);
    },
    exit: (given) => {
      code = given;
    },
  };
  const command = make(io).exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err });
  try {
    await command.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    code = error.exitCode;
  }
  return { out, err, code };
}

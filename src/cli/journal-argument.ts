/** Opens the journal that a command names by a file or by a policy file. */
import { FailureError, failureOf } from '../core/failure.ts';
import { type JournalReader, openJournalForReading } from '../journal/read.ts';
import { CONFIG_VARIABLE, fromEnvironment } from './environment.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';
import { requirePolicyFile } from './policy-file.ts';

export interface JournalFlags {
  readonly journal?: string;
  readonly config?: string;
}

function pathOf(io: CliIo, flags: JournalFlags): string | undefined {
  if (flags.journal !== undefined) return flags.journal;
  const config = flags.config ?? fromEnvironment(io, CONFIG_VARIABLE);
  if (config === undefined) {
    io.err(lines('error: which journal? Give --journal FILE, or --config FILE of a policy file with journal.path'));
    io.exit(EXIT.usage);
    return undefined;
  }
  const loaded = requirePolicyFile(io, config);
  if (loaded === undefined || loaded.journal.path !== undefined) return loaded?.journal.path;
  io.err(lines(`error: ${config} keeps its journal in memory: set journal.path, so that it can be read`));
  io.exit(EXIT.usage);
  return undefined;
}

/** Runs the work on the journal; what is wrong with the file is told on stderr, with the exit code set. */
export function withJournal(
  io: CliIo,
  flags: JournalFlags,
  work: (journal: JournalReader, path: string) => void,
): void {
  const path = pathOf(io, flags);
  if (path === undefined) return;
  try {
    const journal = openJournalForReading(path);
    try {
      work(journal, path);
    } finally {
      journal[Symbol.dispose]();
    }
  } catch (error) {
    const isSqlite = error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
    if (!(error instanceof FailureError) && !isSqlite) throw error;
    io.err(lines(`error: ${failureOf(error).message}`));
    io.exit(error instanceof FailureError && error.failure.reason === 'not-found' ? EXIT.notFound : EXIT.failed);
  }
}

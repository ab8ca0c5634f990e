#!/usr/bin/env node
/** The composition root: the only place that reads the process's arguments, environment and terminal. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import { checkCommand } from './cli/check.ts';
import { demoCommand } from './cli/demo.ts';
import { EXIT } from './cli/exit-codes.ts';
import { iamPolicyCommand } from './cli/iam-policy.ts';
import type { CliIo } from './cli/io.ts';
import { liveCheckCommand } from './cli/live.ts';
import { runCommand } from './cli/run.ts';
import { sandboxCommand } from './cli/sandbox.ts';
import { schemaCommand } from './cli/schema.ts';
import { systemClock } from './lib/clock.ts';
import { connectTarget } from './service/connect.ts';

const packageSchema = z.object({ version: z.string(), description: z.string() });
const { version, description } = packageSchema.parse(
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')),
);

const io: CliIo = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  env: process.env,
  readFile: (path) => readFileSync(path),
  exit: (code) => {
    process.exitCode = code;
  },
};

function program(): Command {
  const clock = systemClock();
  const live = liveCheckCommand(io, {
    clock,
    connect: (target) => connectTarget(target, { clock }),
    signal: AbortSignal.timeout(120_000),
  });
  const isTerminal = process.stdout.isTTY === true;
  const all = new Command('appconfig-watchdog')
    .description(description)
    .version(version)
    .addCommand(runCommand({ io, version, isTerminal }))
    .addCommand(demoCommand({ io, version, isTerminal, env: process.env }))
    .addCommand(sandboxCommand())
    .addCommand(checkCommand(io, live))
    .addCommand(iamPolicyCommand(io))
    .addCommand(schemaCommand(io));
  for (const command of [all, ...all.commands]) command.exitOverride().showHelpAfterError('(--help tells more)');
  return all;
}

/** Commander's own errors have been told already; its exit code for a wrong call is ours. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 1 ? EXIT.usage : error.exitCode;
  const told = error instanceof Error ? error.message : String(error);
  process.stderr.write(`appconfig-watchdog: ${told}\n`);
  return EXIT.failed;
}

try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** `sandbox`: runs the local AppConfig and CloudWatch until it is told to end. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Sandbox, type SandboxOptions, startSandbox } from '../sandbox/index.ts';
import { EXIT } from './exit-codes.ts';
import { speedOf } from './speed.ts';

const DEFAULT_PORT = 4570;

interface Flags {
  readonly port: number;
  readonly host: string;
  readonly speed: number;
  readonly baking: 'strict' | 'lenient';
  readonly stopAnswer: 'full' | 'minimal';
  readonly json?: true;
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('expected a port from 0 to 65535.');
  return port;
}

/** What a client needs to know; the keys are dummies, since the sandbox checks no signature. */
function environmentOf(sandbox: Sandbox): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: sandbox.url,
    AWS_ACCESS_KEY_ID: 'sandbox',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
  };
}

function greeting(sandbox: Sandbox): string {
  const exports = Object.entries(environmentOf(sandbox)).map(([name, value]) => `export ${name}=${value}`);
  return [
    `AppConfig, CloudWatch and STS listen on ${sandbox.url}; their clock runs ${sandbox.clock.speed} times as fast as yours.`,
    '',
    ...exports,
    '',
    `Faults: curl -X POST ${sandbox.url}/_sandbox/faults -d '{"kind":"throttling","operation":"StopDeployment","count":2}'`,
    'Ctrl-C ends it; everything it holds is gone then.',
    '',
  ].join('\n');
}

/** Resolves at the first SIGINT or SIGTERM. */
async function untilSignal(): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = () => {
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
      resolve();
    };
    process.on('SIGINT', end);
    process.on('SIGTERM', end);
  });
}

/** Why it cannot listen, in words; undefined for any other error. */
function cannotListen(error: unknown, { host, port }: Flags): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} is taken; choose another one with --port, or --port 0 for any that is free`;
    case 'EACCES':
      return `port ${port} may not be used by this user; choose one above 1023 with --port`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine; leave --host out for 127.0.0.1`;
    default:
      return undefined;
  }
}

async function run(flags: Flags, command: Command): Promise<void> {
  const options: SandboxOptions = {
    port: flags.port,
    host: flags.host,
    baking: flags.baking,
    stopAnswer: flags.stopAnswer,
    ...(flags.speed === 1 ? {} : { speed: flags.speed }),
  };
  const ending = untilSignal();
  const sandbox = await startSandbox(options).catch((error: unknown) => {
    const told = cannotListen(error, flags);
    if (told === undefined) throw error;
    return command.error(`error: ${told}`, { exitCode: EXIT.usage, code: 'sandbox.listen' });
  });
  const told = flags.json
    ? `${JSON.stringify({ url: sandbox.url, speed: sandbox.clock.speed, environment: environmentOf(sandbox) })}\n`
    : greeting(sandbox);
  process.stdout.write(told);
  await ending;
  await sandbox.stop();
}

export function sandboxCommand(): Command {
  return new Command('sandbox')
    .description('run a local AppConfig, CloudWatch and STS that real AWS clients can talk to')
    .option('--port <port>', 'where to listen; 0 for any free port', portOf, DEFAULT_PORT)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--speed <times>', 'run its clock so many times faster than the real one', speedOf, 1)
    .addOption(
      new Option('--baking <mode>', 'what a plain stop of a baking deployment does: strict refuses it')
        .choices(['strict', 'lenient'])
        .default('strict'),
    )
    .addOption(
      new Option('--stop-answer <form>', 'what StopDeployment answers: the deployment, or what the reference prints')
        .choices(['full', 'minimal'])
        .default('full'),
    )
    .option('--json', 'print where it listens as one line of JSON')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  appconfig-watchdog sandbox --speed 60',
        '  AWS_ENDPOINT_URL=http://127.0.0.1:4570 aws appconfig list-applications',
        '',
        'Exit codes: 0 ended by a signal, 2 the port cannot be had.',
      ].join('\n'),
    )
    .action((flags: Flags, command: Command) => run(flags, command));
}

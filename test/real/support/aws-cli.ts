/** The real AWS command line, pointed at a sandbox. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { output } from './parts.ts';

/** `aws-cli/1.45.11 …`, or undefined where there is none. */
export function awsVersion(): string | undefined {
  return output('aws', ['--version'])?.trim();
}

/** Whether this command line has StopDeployment's newest option; asked without sending anything. */
export function knowsAllowRevert(): boolean {
  const asked = ['--region', 'us-east-1', 'appconfig', 'stop-deployment', '--generate-cli-skeleton', 'input'];
  return output('aws', asked)?.includes('AllowRevert') ?? false;
}

interface CliResult {
  /** Exit code. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command; never rejects for an exit code. */
export type AwsCli = (...args: string[]) => Promise<CliResult>;

const run = promisify(execFile);

export function awsCli(url: string, region = 'us-east-1'): AwsCli {
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    AWS_ACCESS_KEY_ID: 'AKIASANDBOX',
    AWS_SECRET_ACCESS_KEY: 'not-a-secret',
    AWS_DEFAULT_REGION: region,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
  };
  return async (...args) => {
    // Older command lines do not read AWS_ENDPOINT_URL.
    const whole = ['--endpoint-url', url, '--output', 'json', ...args];
    try {
      const { stdout, stderr } = await run('aws', whole, { env, timeout: 60_000 });
      return { code: 0, stdout, stderr };
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') throw error;
      const text = (key: 'stdout' | 'stderr') =>
        key in error ? String(Object.entries(error).find(([k]) => k === key)?.[1]) : '';
      return { code: error.code, stdout: text('stdout'), stderr: text('stderr') };
    }
  };
}

/** podman and buildah, set up so that they work as root on a machine without systemd, and inside a container of its own. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const CONF = `[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
[network]
network_backend = "netavark"
`;

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without systemd podman says, each time, that it cannot have health checks run by a timer. */
const NO_TIMER = /^time=.*unable to get systemd connection.*\n/gm;

let folder: string | undefined;

function environment(): NodeJS.ProcessEnv {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), 'appconfig-watchdog-podman-'));
    writeFileSync(join(folder, 'containers.conf'), CONF);
  }
  return { ...process.env, CONTAINERS_CONF: join(folder, 'containers.conf') };
}

/** Removes what it needed for itself; after this nothing is run. */
export function leavePodman(): void {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

/** Runs a program to its end; ends it by force after `within` ms. */
function runProgram(
  program: string,
  args: readonly string[],
  { input = '', within = 60_000 }: { readonly input?: string; readonly within?: number } = {},
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env: environment(), timeout: within, maxBuffer: 50_000_000 };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      // A signal, or a program that is not there, has no exit code of its own.
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
      const said = stderr.replace(NO_TIMER, '');
      resolve({ code, stdout, stderr: error !== null && said === '' ? error.message : said });
    });
    child.stdin?.end(input);
  });
}

export const podman = (args: readonly string[], options: { readonly input?: string; readonly within?: number } = {}) =>
  runProgram('podman', args, options);

/** The same, for what must succeed: what it writes to stdout. */
export async function demand(
  program: string,
  args: readonly string[],
  options: { readonly input?: string; readonly within?: number } = {},
): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr.slice(-3_000)}`);
  return stdout;
}

/** Polls until it holds; fails after `within` ms with what was last seen. */
export async function until<Seen>(
  what: string,
  look: () => Promise<Seen>,
  holds: (seen: Seen) => boolean,
  within = 60_000,
): Promise<Seen> {
  const end = performance.now() + within;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > end)
      throw new Error(`${what}: not within ${within} ms; last seen: ${JSON.stringify(seen)}`);
    await delay(250);
  }
}

const logLine = z.looseObject({ event: z.string().optional(), level: z.string(), msg: z.string() });

/** The lines of a container's log, each parsed. */
export async function logOf(container: string): Promise<readonly z.infer<typeof logLine>[]> {
  const text = await demand('podman', ['logs', container]);
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => logLine.parse(JSON.parse(line)));
}

/** The exit code of a container that has ended. */
export async function exitCodeOf(container: string): Promise<number> {
  return Number(await demand('podman', ['inspect', '--format', '{{.State.ExitCode}}', container]));
}

/** The rules for arrows between the rooms of src/: that they see every import, and that each kind of them bites. */
import { execFile } from 'node:child_process';
import { appendFile, cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DEPCRUISE = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
const violation = z.object({
  from: z.string(),
  rule: z.object({ name: z.string() }),
  /** The files of a circle, which is told once and from any of them. */
  cycle: z.array(z.object({ name: z.string() })).default([]),
});
/** Modules with their imports as written, and the rules that were broken. */
const report = z.object({
  modules: z.array(z.object({ source: z.string(), dependencies: z.array(z.object({ module: z.string() })) })),
  summary: z.object({ violations: z.array(violation) }),
});

/** What must be told, the file in which it stands, the line, and the rule that it breaks. Each in a file of its own. */
const CASES: readonly (readonly [what: string, file: string, line: string, rule: string])[] = [
  ['core imports a leaf', 'src/core/decide.ts', "import '../lib/clock.ts';", 'arrows-of-core'],
  [
    'core imports a mere type of another room',
    'src/core/watch.ts',
    "import type { Clock as Late } from '../lib/clock.ts';",
    'arrows-of-core',
  ],
  [
    'core takes up the name of a type of another room',
    'src/core/event.ts',
    "export { type Clock as Late } from '../lib/clock.ts';",
    'arrows-of-core',
  ],
  ['core reads a clock of Node', 'src/core/deployment.ts', "import 'node:perf_hooks';", 'pure-core-and-judges'],
  ['core imports a package', 'src/core/alert.ts', "import 'zod';", 'pure-core-has-no-packages'],
  [
    'policy imports a plugin past its registry',
    'src/policy/load.ts',
    "import '../sources/cloudwatch/limits.ts';",
    'arrows-of-policy',
  ],
  ['a source imports a trigger', 'src/sources/index.ts', "import '../triggers/index.ts';", 'arrows-of-sources'],
  [
    'the engine imports the client of AppConfig',
    'src/engine/look.ts',
    "import '../appconfig/client.ts';",
    'arrows-of-engine',
  ],
  ['a notifier imports another', 'src/notifiers/teams.ts', "import './webhook.ts';", 'plugins-never-import-each-other'],
  ['what tells people knows a channel', 'src/tell/teller.ts', "import '../notifiers/index.ts';", 'arrows-of-tell'],
  [
    'the sandbox imports the daemon',
    'src/sandbox/index.ts',
    "import type { Late } from '../engine/daemon.ts';",
    'arrows-of-sandbox',
  ],
  ['the service imports the demo', 'src/service/health.ts', "import '../demo/shop.ts';", 'arrows-of-service'],
  [
    'one format of hooks imports another',
    'src/hooks/grafana.ts',
    "import './alertmanager.ts';",
    'plugins-never-import-each-other',
  ],
  ['a hook asks AWS', 'src/hooks/sns/index.ts', "import '../../aws/clients.ts';", 'arrows-of-hooks'],
  ['HTTP reads a hook by itself', 'src/http/hooks.ts', "import '../hooks/index.ts';", 'arrows-of-http'],
  ['a command imports main', 'src/cli/io.ts', "const late = () => import('../main.ts');", 'arrows-of-cli'],
  [
    'an import hides in a `using`',
    'src/core/condition.ts',
    "using late = await import('../lib/clock.ts');",
    'arrows-of-core',
  ],
  [
    'the AWS SDK is asked past the rooms for it',
    'src/engine/looking.ts',
    "import '@aws-sdk/client-sts';",
    'aws-sdk-only-where-aws-is-asked',
  ],
  ['a tool is shipped', 'src/lib/clock.ts', "import 'fast-check';", 'only-shipped-packages-in-src'],
  [
    'OpenTelemetry is imported past its room',
    'src/engine/reading.ts',
    "import type { Span } from '@opentelemetry/api';",
    'opentelemetry-only-in-tracing',
  ],
  [
    'OpenTelemetry is loaded by whoever loads the service',
    'src/service/journal.ts',
    "import '../tracing/open.ts';",
    'opentelemetry-is-loaded-when-asked-for',
  ],
  ['a package of nobody is shipped', 'src/lib/gate.ts', "import 'fastify-plugin-of-nobody';", 'no-unresolvable'],
  ['two files import each other', 'src/core/time.ts', "import './decide.ts';", 'no-circular'],
  [
    'a file outside the sources is imported',
    'src/lib/linked.ts',
    "import '../../tsconfig.json';",
    'src-imports-src-only',
  ],
  ['a file is imported by nobody and imports nothing', 'src/lib/alone.ts', 'export const alone = 1;', 'no-orphans'],
  ['a room has no line in the plan', 'src/stray.ts', "import './core/time.ts';", 'every-room-has-arrows'],
];

/** Without the prefix that dependency-cruiser drops of most modules of Node. */
const plain = (module: string) => module.replace(/^node:/, '');
const run = promisify(execFile);
let copy = '';
let violations: readonly z.infer<typeof violation>[] = [];

async function cruise(cwd: string): Promise<z.infer<typeof report>> {
  const args = [DEPCRUISE, 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  const { stdout } = await run(process.execPath, args, { cwd, maxBuffer: 100_000_000, timeout: 60_000 });
  return report.parse(JSON.parse(stdout));
}

async function copySources(): Promise<void> {
  for (const part of ['src', 'package.json', 'tsconfig.json', '.dependency-cruiser.cjs']) {
    await cp(join(ROOT, part), join(copy, part), { recursive: true });
  }
}

beforeAll(async () => {
  expect(new Set(CASES.map(([, file]) => file)).size).toBe(CASES.length);
  copy = await mkdtemp(join(tmpdir(), 'appconfig-watchdog-arrows-'));
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  await copySources();
  for (const [, file, line] of CASES) await appendFile(join(copy, file), `\n${line}\n`);
  ({ violations } = (await cruise(copy)).summary);
  await rm(join(copy, 'src'), { recursive: true });
  await copySources();
});
afterAll(() => rm(copy, { recursive: true, force: true }));

describe('the arrows between the rooms', () => {
  it('are all seen: every import that stands in the sources is one dependency-cruiser has read', async () => {
    const { modules, summary } = await cruise(copy);
    expect(summary.violations).toEqual([]);
    const seen = new Map(
      modules.map(({ source, dependencies }) => [source, dependencies.map(({ module }) => plain(module))]),
    );
    const files = (await readdir(join(copy, 'src'), { recursive: true })).filter((name) => name.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(200);
    for (const file of files) {
      const text = await readFile(join(copy, 'src', file), 'utf8');
      const written = [...text.matchAll(/(?:^(?:import|export|\}) (?:[^'\n]* from )?|\bimport\()'([^']+)'/gm)];
      const missed = written.flatMap(([, module = '']) =>
        seen.get(`src/${file}`)?.includes(plain(module)) ? [] : module,
      );
      expect(missed, `imports of src/${file} that no rule looks at`).toEqual([]);
    }
  });

  it.each(CASES)('are told when %s', (_, file, __, rule) => {
    const isIn = ({ from, cycle }: z.infer<typeof violation>) =>
      from === file || cycle.some(({ name }) => name === file);
    const rules = violations.filter(isIn).map((one) => one.rule.name);
    expect(rules).toContain(rule);
  });
});

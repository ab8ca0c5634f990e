/** Real Prometheus and VictoriaMetrics on loopback, with the history a test gives them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { output } from './parts.ts';

export const hasPrometheus = () =>
  output('prometheus', ['--version']) !== undefined && output('promtool', ['--version']) !== undefined;
export const hasVictoriaMetrics = () => output('victoria-metrics', ['--version']) !== undefined;

export interface MetricStore extends AsyncDisposable {
  readonly url: string;
  readonly directory: string;
}

/** One sample: a series as OpenMetrics writes it, its value, its instant. */
export type Sample = readonly [series: string, value: number | string, at: number];

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const PATIENCE = 20_000;

/** Until something answers at the address, whatever it says; fails loudly when the program ends or takes too long. */
async function answering(
  child: ChildProcess,
  isUp: (said: string) => Promise<boolean>,
  said: () => string,
): Promise<void> {
  const last = performance.now() + PATIENCE;
  while (performance.now() < last) {
    if (child.exitCode !== null) throw new Error(`it ended with code ${child.exitCode}: ${said()}`);
    if (await isUp(said()).catch(() => false)) return;
    await delay(50);
  }
  throw new Error(`it did not answer within ${PATIENCE / 1_000} s: ${said()}`);
}

/** Starts a program and waits until it is up, by itself or by what it said; the answer ends it and removes the directory. */
export async function started(
  command: string,
  args: readonly string[],
  directory: string,
  isUp: (said: string) => Promise<boolean>,
): Promise<() => Promise<void>> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const chunks: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGKILL');
    await gone;
    rmSync(directory, { recursive: true, force: true });
  };
  await answering(child, isUp, () => chunks.join('').slice(-2_000)).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return stop;
}

/** All gauges; the samples of a series one after the other, as the format asks. */
function openMetrics(samples: readonly Sample[]): string {
  const byName = Map.groupBy(samples, ([series]) => series.split('{')[0] ?? '');
  const families = [...byName].map(([name, all]) => {
    const sorted = [...Map.groupBy(all, ([series]) => series).values()].flat();
    const lines = sorted.map(([series, value, at]) => `${series} ${value} ${at / 1_000}`);
    return [`# TYPE ${name} gauge`, ...lines].join('\n');
  });
  return `${families.join('\n')}\n# EOF\n`;
}

export interface PrometheusOptions {
  readonly history?: readonly Sample[];
  /** `host:port` of what it scrapes once a second. */
  readonly scrape?: string;
  /** More of its configuration, such as rule files and whom it alerts; `{directory}` in it is where the files are. */
  readonly more?: string;
  /** Of the web configuration file; `{directory}` in it is where the files are. */
  readonly web?: string;
  /** Files it finds there. */
  readonly files?: Readonly<Record<string, string>>;
  readonly scheme?: 'https';
}

/** What it says when it answers; before that it listens already, and is unavailable. Whoever asks it must be known to it. */
const READY = 'Server is ready to receive web requests';

export async function startPrometheus(options: PrometheusOptions = {}): Promise<MetricStore> {
  const directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const at = (name: string) => join(directory, name);
  for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(at(name), text);
  if (options.history !== undefined) {
    writeFileSync(at('history.txt'), openMetrics(options.history));
    execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', at('history.txt'), at('data')], {
      stdio: 'ignore',
      timeout: 60_000,
    });
  }
  const job = `[{ job_name: test, scrape_interval: 1s, static_configs: [{ targets: ['${options.scrape}'] }] }]`;
  const more = options.more?.replaceAll('{directory}', directory) ?? '';
  writeFileSync(at('prometheus.yml'), `scrape_configs: ${options.scrape === undefined ? '[]' : job}\n${more}`);
  if (options.web !== undefined) writeFileSync(at('web.yml'), options.web.replaceAll('{directory}', directory));
  const port = await freePort();
  const scheme = options.scheme ?? 'http';
  const args = [
    `--config.file=${at('prometheus.yml')}`,
    `--storage.tsdb.path=${at('data')}`,
    '--storage.tsdb.retention.time=100y',
    `--web.listen-address=127.0.0.1:${port}`,
    ...(options.web === undefined ? [] : [`--web.config.file=${at('web.yml')}`]),
  ];
  const ready = async (said: string) =>
    options.web === undefined ? (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok : said.includes(READY);
  const stop = await started('prometheus', args, directory, ready);
  return { url: `${scheme}://127.0.0.1:${port}`, directory, [Symbol.asyncDispose]: stop };
}

export async function startVictoriaMetrics(
  history: readonly Sample[],
  flags: readonly string[] = [],
  headers: Readonly<Record<string, string>> = {},
): Promise<MetricStore> {
  const directory = mkdtempSync(join(tmpdir(), 'victoria-metrics-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = [
    `-storageDataPath=${join(directory, 'data')}`,
    '-retentionPeriod=100y',
    `-httpListenAddr=127.0.0.1:${port}`,
    '-loggerLevel=ERROR',
    ...flags,
  ];
  const stop = await started('victoria-metrics', args, directory, async () => (await fetch(`${url}/health`)).ok);
  const body = history.map(([series, value, at]) => `${series} ${value} ${at}`).join('\n');
  for (const [path, sent] of [
    ['/api/v1/import/prometheus', { method: 'POST', body }],
    ['/internal/force_flush', {}],
  ] as const) {
    const answer = await fetch(`${url}${path}`, { ...sent, headers });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  }
  return { url, directory, [Symbol.asyncDispose]: stop };
}

/** A certificate of its own for 127.0.0.1, and its key. */
export function selfSigned(name = '127.0.0.1'): { readonly cert: string; readonly key: string } {
  const directory = mkdtempSync(join(tmpdir(), 'certificate-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=IP:127.0.0.1,DNS:${name}`];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...kind, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
  const made = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  rmSync(directory, { recursive: true, force: true });
  return made;
}

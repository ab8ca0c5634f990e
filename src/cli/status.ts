/** `status`: what a running daemon watches, as a table. */
import Table from 'cli-table3';
import { Command } from 'commander';
import { type Status, statusSchema, type WatchLine } from '../http/status.ts';
import { plainText } from '../lib/text.ts';
import { askDaemon, daemonUrl, jsonOf, urlOption } from './daemon-url.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';

interface Flags {
  readonly url?: string;
  readonly json?: true;
}

const HEAD = ['deployment', 'policy', 'mode', 'state', 'exposure', 'phase', 'rules', 'stop'];

function cells(watch: WatchLine): string[] {
  const rules = watch.rules.map(({ rule, verdict }) => plainText(`${rule}: ${verdict}`)).join('\n');
  // What was withheld first and stopped later is told as what became of the stop.
  const withheld =
    watch.stop === undefined && watch.withheld.length > 0 ? `withheld: ${watch.withheld.join(', ')}` : '';
  const held = watch.held === undefined ? '' : `HELD by ${watch.held}`;
  const stop = [watch.stop, withheld, held, watch.recovery]
    .map((one) => plainText(one ?? ''))
    .filter(Boolean)
    .join('\n');
  const rest = [watch.policy, watch.mode, watch.state, `${watch.percentage} %`, watch.phase].map((one) =>
    plainText(one),
  );
  return [plainText(`${watch.target}:${watch.deployment}`), ...rest, rules, stop];
}

/** The status as text for a terminal. */
function statusText(status: Status): string {
  const targets = status.targets.map(({ name, unreachableSince, discoveredAt }) => {
    if (unreachableSince !== undefined) return `${plainText(name)} (UNREACHABLE since ${plainText(unreachableSince)})`;
    return discoveredAt === undefined ? `${plainText(name)} (not yet discovered)` : plainText(name);
  });
  const circuit = status.circuit === 'open' ? 'OPEN: nothing is stopped until `resume`' : plainText(status.circuit);
  const head = [
    plainText(`appconfig-watchdog ${status.version} at ${status.at}`),
    `targets: ${targets.join(', ')}; circuit breaker: ${circuit}; stops in flight: ${status.stopsInFlight}`,
  ];
  for (const { name, unguarded = [] } of status.targets) {
    for (const { what, since } of unguarded) head.push(plainText(`UNGUARDED since ${since}: ${name}: ${what}`, 500));
  }
  if (status.watches.length === 0) return lines(...head, 'nothing under watch');
  const table = new Table({ head: HEAD, style: { head: [], border: [] } });
  for (const watch of status.watches) table.push(cells(watch));
  return lines(...head, table.toString());
}

async function status(io: CliIo, flags: Flags): Promise<void> {
  const url = await daemonUrl(io, flags.url);
  const answer = await askDaemon(io, url, '/status');
  if (answer === undefined) return;
  const parsed = statusSchema().safeParse(jsonOf(answer));
  if (!answer.ok || !parsed.success) {
    io.err(lines(`error: ${url} did not answer like this program: ${plainText(answer.text)}`));
    return io.exit(EXIT.failed);
  }
  io.out(flags.json ? lines(JSON.stringify(parsed.data)) : statusText(parsed.data));
}

export function statusCommand(io: CliIo): Command {
  return new Command('status')
    .description('show what a running daemon watches')
    .addOption(urlOption())
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      '\nExample:\n  appconfig-watchdog status --json\n\nExit codes: 0, or 1 without a usable answer.',
    )
    .action((flags: Flags) => status(io, flags));
}

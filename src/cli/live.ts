/** What `check --live` found, as a table or as JSON. */

import Table from 'cli-table3';
import { plainText } from '../lib/text.ts';
import type { Config } from '../policy/schema.ts';
import { type LiveCheckOptions, liveCheck } from '../service/live-check.ts';
import type { LiveFinding } from '../service/live-finding.ts';
import type { LiveCheck } from './check.ts';
import { EXIT } from './exit-codes.ts';
import { type CliIo, lines } from './io.ts';

function tableOf(findings: readonly LiveFinding[]): string {
  const table = new Table({
    head: ['', 'target', 'about', 'check', 'found'],
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colWidths: [6, null, null, null, 70],
  });
  for (const { result, target, about, check, detail } of findings) {
    table.push([result, ...[target, about, check, detail].map((text) => plainText(text, 1_000))]);
  }
  return table.toString();
}

function summaryOf(findings: readonly LiveFinding[]): string {
  const count = (result: LiveFinding['result']) => findings.filter((finding) => finding.result === result).length;
  return `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed. Nothing was changed.`;
}

/** Asks AWS and tells what it found; exit code 1 when anything failed. */
export function liveCheckCommand(io: CliIo, options: LiveCheckOptions): LiveCheck {
  return async (config: Config, { json }) => {
    const findings = await liveCheck(config, options);
    const failed = findings.some((finding) => finding.result === 'fail');
    if (json) io.out(lines(JSON.stringify({ ok: !failed, findings }, null, 2)));
    else io.out(lines(tableOf(findings), summaryOf(findings)));
    return failed ? EXIT.failed : EXIT.ok;
  };
}

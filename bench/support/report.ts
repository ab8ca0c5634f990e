/** What a benchmark found, and the table it becomes. */

/** One row: a value, what it was measured against in the same run, and the bound it has to keep. */
export interface Figure {
  readonly what: string;
  readonly measured: string;
  /** The other side of the ratio. */
  readonly beside: string;
  readonly ratio: string;
  /** In words, as `≤ 1.5`; left out where nothing is promised. */
  readonly bound?: string;
  readonly holds?: boolean;
}

/** What the command line gives to a benchmark. */
export interface BenchOptions {
  /** A directory of real series. */
  readonly data?: string | undefined;
}

export interface Report {
  readonly title: string;
  /** What is measured and how, as paragraphs or a list of Markdown. */
  readonly about: readonly string[];
  readonly figures: readonly Figure[];
  /** What follows the table. */
  readonly notes?: readonly string[];
}

const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

function verdict({ holds }: Figure): string {
  if (holds === undefined) return '';
  return holds ? 'yes' : '**NO**';
}

/** A table of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

export function markdownOf({ title, about, figures, notes = [] }: Report): string {
  const rows = figures.map((figure) => [
    figure.what,
    figure.measured,
    figure.beside,
    figure.ratio,
    figure.bound ?? '',
    verdict(figure),
  ]);
  const drawn = table(['figure', 'measured', 'beside', 'ratio', 'bound', 'holds'], rows);
  return [`## ${title}`, ...about, drawn, ...notes].join('\n\n');
}

export function brokenOf(report: Report): readonly Figure[] {
  return report.figures.filter((figure) => figure.holds === false);
}

/** A ratio that must not be above a bound. */
export function atMost(ratio: number, bound: number): Pick<Figure, 'ratio' | 'bound' | 'holds'> {
  return { ratio: ratio.toFixed(2), bound: `≤ ${bound}`, holds: ratio <= bound };
}

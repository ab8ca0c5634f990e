/** Draws a chart as SVG text: lines, dots, bands and marks over minutes, in panels one above the other. */

interface Drawn {
  readonly kind: 'line' | 'dots' | 'area';
  readonly label: string;
  readonly colour: string;
  readonly values: readonly number[];
  /** Lower edge of an area; default 0. */
  readonly low?: readonly number[];
  readonly dashed?: boolean;
}

export interface Panel {
  readonly title: string;
  readonly top: number;
  readonly drawn: readonly Drawn[];
}

export interface Mark {
  readonly minute: number;
  readonly label: string;
  readonly colour: string;
}

export interface Chart {
  readonly title: string;
  readonly minutes: number;
  readonly panels: readonly Panel[];
  readonly marks: readonly Mark[];
}

const WIDTH = 720;
const LEFT = 46;
const RIGHT = 190;
const HEIGHT = 110;
const GAP = 34;
const TEXT = 'font-family="sans-serif" font-size="11" fill="#333"';

const n = (value: number) => String(Number(value.toFixed(1)));
const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

function drawnIn({ top }: Panel, from: number, minutes: number) {
  const x = (minute: number) => LEFT + (minute / Math.max(1, minutes - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => from + HEIGHT - (Math.min(Math.max(value, 0), top) / top) * HEIGHT;
  const points = (values: readonly number[]) => values.map((value, minute) => `${n(x(minute))},${n(y(value))}`);
  return ({ kind, values, low, colour, dashed }: Drawn): string => {
    if (kind === 'dots') {
      const dot = (value: number, minute: number) => `<circle cx="${n(x(minute))}" cy="${n(y(value))}" r="2.5"/>`;
      return `<g fill="${colour}">${values.map(dot).join('')}</g>`;
    }
    if (kind === 'area') {
      const under = points(low ?? values.map(() => 0)).toReversed();
      return `<polygon points="${[...points(values), ...under].join(' ')}" fill="${colour}" fill-opacity="0.18"/>`;
    }
    const dashes = dashed === true ? ' stroke-dasharray="5 4"' : '';
    return `<polyline points="${points(values).join(' ')}" fill="none" stroke="${colour}" stroke-width="1.8"${dashes}/>`;
  };
}

function legend(drawn: readonly Drawn[], from: number): string {
  return drawn
    .map(({ label, colour }, index) => {
      const y = from + 10 + index * 16;
      const text = `<text x="${WIDTH - RIGHT + 32}" y="${y + 4}" ${TEXT}>${escaped(label)}</text>`;
      return `<rect x="${WIDTH - RIGHT + 14}" y="${y - 4}" width="12" height="8" fill="${colour}"/>${text}`;
    })
    .join('');
}

export function svgOf({ title, minutes, panels, marks }: Chart): string {
  const height = 34 + panels.length * (HEIGHT + GAP) + 8;
  const parts: string[] = [];
  for (const [index, panel] of panels.entries()) {
    const from = 50 + index * (HEIGHT + GAP);
    parts.push(`<text x="${LEFT}" y="${from - 7}" ${TEXT}>${escaped(panel.title)}</text>`);
    parts.push(
      `<rect x="${LEFT}" y="${from}" width="${WIDTH - LEFT - RIGHT}" height="${HEIGHT}" fill="none" stroke="#ccc"/>`,
    );
    parts.push(`<text x="${LEFT - 6}" y="${from + 9}" text-anchor="end" ${TEXT}>${panel.top}</text>`);
    parts.push(`<text x="${LEFT - 6}" y="${from + HEIGHT}" text-anchor="end" ${TEXT}>0</text>`);
    parts.push(...panel.drawn.map(drawnIn(panel, from, minutes)), legend(panel.drawn, from));
    for (const { minute, label, colour } of marks) {
      const x = n(LEFT + (minute / Math.max(1, minutes - 1)) * (WIDTH - LEFT - RIGHT));
      parts.push(
        `<line x1="${x}" x2="${x}" y1="${from}" y2="${from + HEIGHT}" stroke="${colour}" stroke-dasharray="2 3"/>`,
      );
      if (index === 0)
        parts.push(
          `<text x="${x}" y="${from + HEIGHT + 13}" text-anchor="middle" font-family="sans-serif" font-size="10" fill="${colour}">${escaped(label)}</text>`,
        );
    }
  }
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img"><title>${escaped(title)}</title>`;
  const back = `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`;
  const name = `<text x="${LEFT}" y="20" font-family="sans-serif" font-size="14" font-weight="bold" fill="#111">${escaped(title)}</text>`;
  return `${head}\n${back}\n${name}\n${parts.join('\n')}\n</svg>\n`;
}

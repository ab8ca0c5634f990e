/** The statistics of CloudWatch: how they are written and what kind of number they ask for. */

/** Bounds of a range of values, by share (0..100 %) or by value; a missing bound is open. */
export interface Bounds {
  readonly by: 'share' | 'value';
  readonly from: number | undefined;
  readonly to: number | undefined;
}

export type Statistic =
  | { readonly kind: 'Sum' | 'Average' | 'Minimum' | 'Maximum' | 'SampleCount' }
  | { readonly kind: 'percentile'; readonly share: number }
  | { readonly kind: 'tm' | 'wm' | 'tc' | 'ts' | 'pr'; readonly bounds: Bounds };

const SIMPLE = ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount'] as const;
const RANGED: Readonly<Record<string, 'tm' | 'wm' | 'tc' | 'ts' | 'pr'>> = {
  tm: 'tm',
  wm: 'wm',
  tc: 'tc',
  ts: 'ts',
  pr: 'pr',
};

/** `Sum`, `p99`, `p99.9`, `tm95`, `TM(10%:90%)`, `PR(:300)`, `IQM` …; undefined when the text is no statistic. */
export function parseStatistic(text: string): Statistic | undefined {
  const simple = SIMPLE.find((name) => name === text);
  if (simple !== undefined) return { kind: simple };
  if (text === 'IQM') return { kind: 'tm', bounds: { by: 'share', from: 25, to: 75 } };
  const [, name = '', share] = /^(p|tm|wm|tc|ts)(\d{1,3}(?:\.\d{1,10})?)$/.exec(text) ?? [];
  if (share !== undefined) return Number(share) <= 100 ? ofShare(name, Number(share)) : undefined;
  const [, ranged = '', from = '', to = ''] = /^(TM|WM|TC|TS|PR)\(([^:]*):([^:]*)\)$/.exec(text) ?? [];
  const kind = RANGED[ranged.toLowerCase()];
  const bounds = parseBounds(from, to);
  return kind && bounds && !(kind === 'pr' && bounds.by === 'share') ? { kind, bounds } : undefined;
}

function ofShare(name: string, share: number): Statistic | undefined {
  if (name === 'p') return { kind: 'percentile', share };
  const kind = RANGED[name];
  return kind && { kind, bounds: { by: 'share', from: undefined, to: share } };
}

function parseBounds(from: string, to: string): Bounds | undefined {
  const sides = [from, to].filter((side) => side !== '');
  const shares = sides.filter((side) => side.endsWith('%'));
  if (sides.length === 0 || (shares.length !== 0 && shares.length !== sides.length)) return undefined;
  const number = (side: string) => (side === '' ? undefined : Number(side.replace(/%$/, '')));
  const bounds = { from: number(from), to: number(to) };
  if (Number.isNaN(bounds.from) || Number.isNaN(bounds.to)) return undefined;
  return { by: shares.length > 0 ? 'share' : 'value', ...bounds };
}

/** How CloudWatch spells statistics. */

const PLAIN: readonly string[] = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum', 'IQM'];
/** p99.9, tm90, tc95, ts95, wm98: a percentile from 0 to 100, at most ten decimals. */
const PERCENTILE = /^(?:p|tm|tc|ts|wm)(?:\d{1,2}(?:\.\d{1,10})?|100)$/;
/** TM(10%:90%), TC(0.005:0.030), TS(80%:), WM(:95%), PR(:300): at least one bound. */
const RANGE = /^(?:TM|TC|TS|WM|PR)\((?!:\))(?:\d+(?:\.\d+)?%?)?:(?:\d+(?:\.\d+)?%?)?\)$/;

export function isStatistic(text: string): boolean {
  return PLAIN.includes(text) || PERCENTILE.test(text) || RANGE.test(text);
}

/** What would be right, with the nearest spelling where only the case is wrong. */
export function statisticProblem(text: string): string {
  const nearest = PLAIN.find((stat) => stat.toLowerCase() === text.toLowerCase());
  const lower = text.toLowerCase();
  const meant = nearest ?? (PERCENTILE.test(lower) ? lower : undefined);
  const expected = `expected ${PLAIN.join(', ')}, a percentile such as p99, or a trimmed statistic such as tm90 or TM(10%:90%)`;
  return meant === undefined ? expected : `${expected}; did you mean ${meant}?`;
}

/** Whether a value of this statistic can only grow while datapoints arrive (as long as none of them is negative). */
export function growsOnly(stat: string): boolean {
  return stat === 'Sum' || stat === 'SampleCount';
}

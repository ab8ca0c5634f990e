/** Verdicts that statistical judges have in common: about what is missing, and with proof that is made when it is read. */
import type { JsonObject } from '../../core/json.ts';
import type { Evidence } from '../../core/seams.ts';
import { formatDuration } from '../../core/time.ts';
import type { Verdict } from '../../core/verdict.ts';

type Known = Extract<Verdict, { readonly because: string; readonly evidence?: JsonObject }>;

/** The numbers behind it are put together when they are written down. */
export function proven(kind: Exclude<Verdict['kind'], 'unknown'>, because: string, proof: () => JsonObject): Known {
  return {
    kind,
    because,
    get evidence() {
      return proof();
    },
  };
}

/** Ticks without a datapoint in a row after which the metric counts as gone. */
export const GONE_TICKS = 3;

/** When nothing was told of the newest ticks: what the rule says that missing datapoints count as. */
export function goneVerdict(
  { noData, series }: Evidence,
  told: readonly boolean[],
  during: number,
): Verdict | undefined {
  const recent = told.slice(-Math.min(GONE_TICKS, during));
  if (during === 0 || recent.includes(true)) return undefined;
  const [first] = series;
  const period = formatDuration(first?.period ?? 0);
  const because = `${first?.query ?? 'the metric'} has no datapoint for the last ${recent.length} periods of ${period}, which counts as ${noData}`;
  return { kind: noData, because };
}

export function tooEarly({ series }: Evidence): Verdict {
  const because = `${series[0]?.query ?? 'the metric'} has no settled period since the deployment started`;
  return { kind: 'inconclusive', because };
}

export function namesMissing({ series }: Evidence, names: readonly string[]): Verdict {
  const [first] = series;
  const known = Object.keys(first?.inputs ?? {});
  const has = known.length === 0 ? 'its source answers none by name' : `it has ${known.join(', ')}`;
  const because = `${first?.query ?? 'the metric'} has no metric named ${names.join(', ')}: ${has}`;
  return { kind: 'inconclusive', because };
}

/** What is learnt of a metric is its rate: without a single request there is none to go on from. */
export function nothingRequested({ series }: Evidence): Verdict {
  const because = `${series[0]?.query ?? 'the metric'} has no request in the periods before the deployment, so that nobody knows what to expect`;
  return { kind: 'inconclusive', because };
}

export function tooLittleHistory({ series }: Evidence, has: number, needs: number, of: number): Verdict {
  const because = `${series[0]?.query ?? 'the metric'} has ${has} of the ${of} periods before the deployment, and ${needs} are needed to know what to expect`;
  return { kind: 'inconclusive', because };
}

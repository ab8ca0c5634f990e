/** GetMetricData. */
import { z } from 'zod';
import { operation } from '../operation.ts';
import type { OutputStructure } from '../protocol/output.ts';
import { validationError } from '../rejection.ts';
import { digestOf, pageOf, type Result, type ResultMessage } from './page.ts';
import { errorIn, type PlannedQuery, planQueries } from './plan.ts';
import { type Answers, answerQueries, seriesIn } from './run.ts';

const MOST_DATAPOINTS = 100_800;
/** Said of an expression that divides by zero somewhere; the result is Complete all the same. */
const NON_NUMERIC: ResultMessage = {
  Code: 'ArithmeticError',
  Value: 'One or more data-points have been dropped due to non-numeric values (NaN, -Infinite, +Infinite)',
};

export const getMetricData = operation(
  ({ query, list, time, integer, text }) =>
    z.object({
      MetricDataQueries: list(query),
      StartTime: time,
      EndTime: time,
      NextToken: z.string().optional(),
      ScanBy: z.enum(['TimestampDescending', 'TimestampAscending']).optional(),
      MaxDatapoints: integer.optional(),
      LabelOptions: z.object({ Timezone: text(5).optional() }).optional(),
    }),
  (room, input, effects) => {
    const {
      StartTime: from,
      EndTime: to,
      ScanBy: scanBy = 'TimestampDescending',
      MaxDatapoints: most = MOST_DATAPOINTS,
    } = input;
    const planned = planQueries(input.MetricDataQueries);
    if (from >= to) throw validationError('The parameter StartTime must be less than the parameter EndTime.');
    if (most < 1 || most > MOST_DATAPOINTS) {
      throw validationError(`The parameter MaxDatapoints must be between 1 and ${MOST_DATAPOINTS}, found ${most}.`);
    }
    const asking = { ...room, effects, window: { from, to }, now: room.clock.now() };
    const answers = answerQueries(planned, asking);
    const results = planned.filter(({ returned }) => returned).flatMap((query) => resultsOf(query, answers, scanBy));
    const digest = digestOf([input.MetricDataQueries, from, to, scanBy]);
    const page = pageOf(results, most, digest, input.NextToken);
    return {
      MetricDataResults: page.results.map(resultOf),
      NextToken: page.nextToken,
      Messages: messagesOf(answers, planned),
    };
  },
);

function resultsOf(query: PlannedQuery, answers: Answers, scanBy: string): readonly Result[] {
  const { id } = query;
  const value = answers.valueFor(id);
  if (value?.kind === 'scalar' || value?.kind === 'text') {
    throw errorIn(id, 'The result is a single number or text; a returned expression must give a time series');
  }
  const { code: status, message } = answers.statusOf(id);
  const told = message === undefined ? [] : [{ Code: status, Value: message }];
  return seriesIn(value).map((series) => {
    const messages = series.dropped ? [...told, NON_NUMERIC] : told;
    const ordered =
      scanBy === 'TimestampAscending' ? series : { at: series.at.toReversed(), values: series.values.toReversed() };
    return { id, label: series.label, status, messages, at: ordered.at, values: ordered.values };
  });
}

function resultOf(result: Result): OutputStructure {
  const messages = result.messages.map((message) => ({ ...message }));
  return {
    Id: result.id,
    Label: result.label,
    Timestamps: result.at.map((at) => new Date(at)),
    Values: result.values,
    StatusCode: result.status,
    ...(messages.length > 0 ? { Messages: messages } : {}),
  };
}

/** One message for the whole call when something could not be read at all. */
function messagesOf(answers: Answers, planned: readonly PlannedQuery[]): readonly OutputStructure[] {
  const codes = new Set(planned.map(({ id }) => answers.statusOf(id).code));
  const failed = (['InternalError', 'Forbidden'] as const).filter((code) => codes.has(code));
  return failed.map((code) => ({ Code: code, Value: `At least one of the metrics of this request is ${code}.` }));
}

/** Answers put together: whose a result is, at which instants it stands, over one page or several. */
import type { MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { expect, test } from 'vitest';
import { collect } from '../../src/sources/cloudwatch/results.ts';

const result = (Id: string, minutes: readonly number[], Values: number[], Label = Id): MetricDataResult => ({
  ...{ Id, Label, Values, StatusCode: 'Complete' },
  Timestamps: minutes.map((minute) => new Date(minute * 60_000)),
});

function pointsOf(pages: readonly (readonly MetricDataResult[])[], id: string) {
  const results = collect(pages.map((page) => ({ MetricDataResults: [...page] })));
  return results.get(id)?.map(({ points }) => points.at.map((at, index) => [at / 60_000, points.values[index]]));
}

test('series of the same instants hold them once; others have their own', () => {
  const page = [result('m0', [1, 2], [1, 2]), result('m1', [1, 2], [3, 4]), result('e2', [2], [5])];
  const results = collect([{ MetricDataResults: page }]);
  const [first, second] = [results.get('m0')?.[0]?.points, results.get('m1')?.[0]?.points];
  expect(second?.at).toBe(first?.at);
  expect(second?.values).toEqual([3, 4]);
  expect(pointsOf([page], 'e2')).toEqual([[[2, 5]]]);
});

test('what is no number at the instants of the series before is left out', () => {
  const page = [result('m0', [1, 2], [1, 2]), result('m1', [1, 2], [3, Number.NaN])];
  expect(pointsOf([page], 'm1')).toEqual([[[1, 3]]]);
});

test('a series goes on on the next page, also where several have one label and its points come in any order', () => {
  const first = [result('e', [3], [1], 'same'), result('e', [3], [2], 'same'), result('e', [3], [9], 'other')];
  const second = [result('e', [1], [3], 'same'), result('e', [4], [4], 'same')];
  expect(pointsOf([first, second], 'e')).toEqual([
    [
      [1, 3],
      [3, 1],
    ],
    [
      [3, 2],
      [4, 4],
    ],
    [[3, 9]],
  ]);
});

test('the last status counts, but for Forbidden, and messages of all pages', () => {
  const said = { Messages: [{ Code: 'ArithmeticError' }] };
  const pages = [
    {
      MetricDataResults: [
        { Id: 'm0', StatusCode: 'PartialData' as const, ...said },
        { Id: 'm1', StatusCode: 'Forbidden' as const },
      ],
    },
    {
      MetricDataResults: [
        { Id: 'm0', StatusCode: 'Complete' as const, ...said },
        { Id: 'm1', StatusCode: 'Complete' as const },
      ],
    },
  ];
  const results = collect(pages);
  expect(results.get('m0')?.[0]).toMatchObject({ status: 'Complete', messages: [said.Messages[0], said.Messages[0]] });
  expect(results.get('m1')?.[0]?.status).toBe('Forbidden');
});

/** M of N against the examples in CloudWatch's user guide: `0` fine, `X` breaching, `-` missing, newest last. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Datapoint, judge } from '../../../src/sandbox/cloudwatch/alarms/judge.ts';

const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;

function range(picture: string): readonly Datapoint[] {
  const points = picture.split(' ').map((sign, index) => ({
    at: index * 60_000,
    value: sign === '-' ? undefined : Number(sign === 'X'),
    breaching: sign === 'X',
  }));
  return points.reverse();
}

const states = (picture: string, datapointsToAlarm: number) =>
  TREATMENTS.map(
    (missingData) => judge(range(picture), { evaluationPeriods: 3, datapointsToAlarm, missingData }).state,
  );

describe('3 of 3', () => {
  it.each([
    ['0 - X - X', 'OK', 'OK', 'OK', 'OK'],
    ['0 - - - -', 'OK', 'OK', 'OK', 'OK'],
    ['- - - - -', 'INSUFFICIENT_DATA', 'retain', 'ALARM', 'OK'],
    ['0 X X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['- - X - -', 'ALARM', 'retain', 'ALARM', 'OK'],
  ])('%s', (picture, ...expected) => {
    expect(states(picture, 3)).toEqual(expected);
  });

  it('does not raise an alarm early for one breaching datapoint that is new', () => {
    expect(states('- - - - X', 3)).toEqual(['OK', 'retain', 'ALARM', 'OK']);
  });
});

describe('2 of 3', () => {
  it.each([
    ['0 - X - X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 0 X 0 X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['0 - X - -', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - - 0', 'OK', 'OK', 'ALARM', 'OK'],
    ['- - - X -', 'ALARM', 'retain', 'ALARM', 'OK'],
  ])('%s', (picture, ...expected) => {
    expect(states(picture, 2)).toEqual(expected);
  });
});

describe('laws', () => {
  const pictures = fc.array(fc.constantFrom('0', 'X'), { minLength: 5, maxLength: 5 }).map((signs) => signs.join(' '));

  it('asks nothing of the treatment of missing data when none is missing', () => {
    fc.assert(
      fc.property(pictures, fc.integer({ min: 1, max: 3 }), (picture, least) => {
        const breaching = picture
          .split(' ')
          .slice(-3)
          .filter((sign) => sign === 'X').length;
        const expected = breaching >= least ? 'ALARM' : 'OK';
        expect(states(picture, least)).toEqual([expected, expected, expected, expected]);
      }),
    );
  });
});

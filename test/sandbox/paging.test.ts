/** Paging: every record exactly once, whatever the page size and whatever is added on the way. */
import { ListDeploymentsCommand } from '@aws-sdk/client-appconfig';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { page } from '../../src/sandbox/appconfig/paging.ts';
import { errorOf, HOUR, stage } from './client.ts';

interface Item {
  readonly seq: number;
}

function walk(records: Item[], size: number, order: 'oldest-first' | 'newest-first', between: () => void) {
  const seen: number[] = [];
  const sizes: number[] = [];
  let token: string | undefined;
  do {
    const query = new URLSearchParams({
      max_results: String(size),
      ...(token === undefined ? {} : { next_token: token }),
    });
    const { items, nextToken } = page(records, 'list', query, order);
    seen.push(...items.map(({ seq }) => seq));
    sizes.push(items.length);
    token = nextToken;
    between();
  } while (token !== undefined);
  return { seen, sizes };
}

describe('page', () => {
  it('gives every record once, in order, on full pages', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 10_000 }), { maxLength: 200 }),
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom('oldest-first' as const, 'newest-first' as const),
        (numbers, size, order) => {
          const sign = order === 'oldest-first' ? 1 : -1;
          const { seen, sizes } = walk(
            numbers.map((seq) => ({ seq })),
            size,
            order,
            () => {},
          );
          expect(seen).toEqual([...numbers].sort((a, b) => sign * (a - b)));
          expect(sizes.slice(0, -1).every((length) => length === size)).toBe(true);
        },
      ),
    );
  });

  it('newest first, neither repeats nor leaves out an old record while new ones are added', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 50 }), (count, size) => {
        const records = Array.from({ length: count }, (_, index) => ({ seq: index + 1 }));
        const { seen } = walk(records, size, 'newest-first', () => records.push({ seq: records.length + 1 }));
        expect(seen).toEqual(Array.from({ length: count }, (_, index) => count - index));
      }),
    );
  });

  it('refuses sizes out of bounds and tokens that are not its own', () => {
    const ask = (query: Record<string, string>) => () =>
      page([{ seq: 1 }, { seq: 2 }], 'list', new URLSearchParams(query));
    for (const size of ['0', '51', '-1', '1.5', 'x', '']) expect(ask({ max_results: size })).toThrow('maxResults');
    expect(ask({ next_token: 'x' })).toThrow('next token');
    const { nextToken = '' } = page(
      [{ seq: 1 }, { seq: 2 }],
      'another list',
      new URLSearchParams({ max_results: '1' }),
    );
    expect(ask({ next_token: nextToken })).toThrow('next token');
  });
});

describe('ListDeployments', () => {
  it('pages newest first over the wire', async () => {
    await using on = await stage();
    for (let count = 0; count < 7; count++) {
      await on.start({ DeploymentDurationInMinutes: 0, GrowthFactor: 100, FinalBakeTimeInMinutes: 0 });
      await on.clock.advance(HOUR);
    }
    const place = { ApplicationId: on.applicationId, EnvironmentId: on.environmentId };
    const numbers: (number | undefined)[][] = [];
    let NextToken: string | undefined;
    do {
      const listed = await on.client.send(
        new ListDeploymentsCommand({ ...place, MaxResults: 3, ...(NextToken ? { NextToken } : {}) }),
      );
      numbers.push((listed.Items ?? []).map(({ DeploymentNumber }) => DeploymentNumber));
      NextToken = listed.NextToken;
    } while (NextToken !== undefined);
    expect(numbers).toEqual([[7, 6, 5], [4, 3, 2], [1]]);
    expect(await errorOf(on.client.send(new ListDeploymentsCommand({ ...place, MaxResults: 51 })))).toEqual({
      name: 'BadRequestException',
      status: 400,
    });
  });
});

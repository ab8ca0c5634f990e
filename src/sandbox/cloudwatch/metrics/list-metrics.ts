/** ListMetrics. */
import { z } from 'zod';
import { pageOfList } from '../list-page.ts';
import { operation } from '../operation.ts';
import { digestOf } from '../query/page.ts';
import type { Metric } from './metric.ts';

const PAGE = 500;
const RECENT = 3 * 3_600_000;

export const listMetrics = operation(
  ({ namespace, text, list, boolean }) =>
    z.object({
      Namespace: namespace.optional(),
      MetricName: text(255).optional(),
      Dimensions: list(z.object({ Name: text(255), Value: text(1_024).optional() })).optional(),
      NextToken: z.string().optional(),
      RecentlyActive: z.literal('PT3H').optional(),
      IncludeLinkedAccounts: boolean.optional(),
      OwningAccount: text(255).optional(),
    }),
  (room, input) => {
    const { NextToken: token, ...filter } = input;
    const since = input.RecentlyActive === undefined ? Number.NEGATIVE_INFINITY : room.clock.now() - RECENT;
    const foreign = input.OwningAccount !== undefined && input.OwningAccount !== room.account;
    const metrics = foreign ? [] : Iterator.from(room.store.all()).filter(({ lastArrival }) => lastArrival >= since);
    const found = [...metrics].map(({ metric }) => metric).filter((metric) => matches(metric, input));
    const { items, nextToken } = pageOfList(found, PAGE, digestOf(filter), token);
    const owners = input.IncludeLinkedAccounts === true ? { OwningAccounts: items.map(() => room.account) } : {};
    return { Metrics: items.map(metricOf), NextToken: nextToken, ...owners };
  },
);

interface Filter {
  readonly Namespace?: string | undefined;
  readonly MetricName?: string | undefined;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value?: string | undefined }[] | undefined;
}

function matches(metric: Metric, { Namespace: namespace, MetricName: name, Dimensions: wanted = [] }: Filter): boolean {
  if (namespace !== undefined && namespace !== metric.namespace) return false;
  if (name !== undefined && name !== metric.name) return false;
  return wanted.every(({ Name, Value }) =>
    metric.dimensions.some((each) => each.name === Name && (Value === undefined || Value === each.value)),
  );
}

function metricOf({ namespace, name, dimensions }: Metric) {
  return {
    Namespace: namespace,
    MetricName: name,
    Dimensions: dimensions.map((each) => ({ Name: each.name, Value: each.value })),
  };
}

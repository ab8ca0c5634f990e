/** A query of a policy file as a question to CloudWatch: which metrics, which expression, of whom. */
import { hash as digestOf } from 'node:crypto';
import type { Dimension, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { type AccessOverride, accessKey, accessOf } from '../../aws/access.ts';
import type { Duration } from '../../core/time.ts';
import { type Expression, parseExpression } from './expression.ts';
import type { CloudWatchMetric, CloudWatchQuery } from './options.ts';
import { growsOnly } from './statistic.ts';

/** One metric of a question; equal keys are the same metric to CloudWatch. */
export interface AskedMetric {
  /** Its name in the policy file. */
  readonly name: string;
  readonly key: string;
  readonly metric: CloudWatchMetric;
}

export interface Question {
  /** Equal exactly when two questions are the same, for the same client. */
  readonly key: string;
  readonly access: AccessOverride;
  readonly client: string;
  readonly period: Duration;
  readonly metrics: readonly AskedMetric[];
  /** Left out where the one metric is the answer. */
  readonly expression: Expression | undefined;
  readonly growing: boolean;
  /** The question in words. */
  readonly text: string;
  /** Metrics AWS bills for when it is asked alone. */
  readonly weight: number;
}

/** Bytes of a key: no two of all the questions there will ever be share one by chance. */
const KEY_LENGTH = 16;

/** Short, whatever it stands for: thousands are held, and looked up by at every look. */
function keyOf(parts: readonly unknown[]): string {
  return digestOf('sha256', JSON.stringify(parts), 'buffer').toString('base64url', 0, KEY_LENGTH);
}

function metricKey(metric: CloudWatchMetric, period: Duration): string {
  const { namespace, metric: name, stat, dimensions, unit, account } = metric;
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return keyOf([namespace, name, stat, sorted, unit ?? null, account ?? null, period]);
}

/** Made for each call, since it is many times the size of what it says; whatever AWS takes for granted is left out. */
export function queryOf(metric: CloudWatchMetric, period: Duration, Id: string): MetricDataQuery {
  const { namespace: Namespace, metric: MetricName, stat: Stat, dimensions, unit, account } = metric;
  const Dimensions = Object.keys(dimensions).map((Name): Dimension => ({ Name, Value: dimensions[Name] }));
  const asked = { Metric: { Namespace, MetricName, Dimensions }, Period: period / 1_000, Stat };
  const MetricStat = unit === undefined ? asked : { ...asked, Unit: unit };
  return account === undefined ? { Id, MetricStat } : { Id, MetricStat, AccountId: account };
}

function metricText(metric: CloudWatchMetric): string {
  const dimensions = Object.entries(metric.dimensions).map(([name, value]) => `${name}=${value}`);
  const where = dimensions.length === 0 ? '' : ` {${dimensions.join(', ')}}`;
  return `${metric.stat} of ${metric.namespace} ${metric.metric}${where}`;
}

function expressionOf(query: CloudWatchQuery): Expression | undefined {
  if (query.expression === undefined || Object.hasOwn(query.metrics, query.expression.trim())) return undefined;
  const parsed = parseExpression(query.expression);
  // The schema has refused those already.
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.expression;
}

export function questionOf(query: CloudWatchQuery): Question {
  const entries = Object.entries(query.metrics);
  const metrics = entries.map(([name, metric]) => ({ name, key: metricKey(metric, query.period), metric }));
  const expression = expressionOf(query);
  const only = expression === undefined ? entries[0]?.[1] : undefined;
  const access = accessOf(query);
  const client = accessKey(access);
  const named = metrics.map(({ name, key }) => [name, key]);
  return {
    key: keyOf([client, query.period, expression?.text ?? null, named]),
    access,
    client,
    period: query.period,
    metrics,
    expression,
    growing: only !== undefined && growsOnly(only.stat),
    text: only === undefined ? (query.expression ?? '') : metricText(only),
    weight: Math.max(1, metrics.length),
  };
}

/** Series that come back for a question: its metrics, its expression's one, or the band's two. */
export function seriesCount({ metrics, expression }: Question): number {
  if (expression === undefined) return metrics.length;
  return metrics.length + (expression.kind === 'math' && expression.band !== undefined ? 2 : 1);
}

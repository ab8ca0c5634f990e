/** The past as it is written for the next backtest. */
import { deploymentTitle } from '../core/deployment.ts';
import type { Point } from '../core/series.ts';
import { formatDuration, iso } from '../core/time.ts';
import type { DataFiles } from './files.ts';
import type { Answered, Case } from './gather.ts';
import type { Said } from './said.ts';

const rows = (points: readonly Point[]) => points.map(({ at, value }) => [iso(at), value]);

/** The same past as files, so that another policy can be tried without asking anybody again. */
export function dataOf(cases: readonly Case[], answered: readonly Answered[], said: readonly Said[]): DataFiles {
  const deployments = new Map(cases.map(({ deployment }) => [deploymentTitle(deployment), deployment]));
  const written = [...deployments.values()].map(({ ref, events, startedAt, completedAt, account: _, ...rest }) => ({
    target: ref.target,
    region: ref.region,
    number: ref.number,
    ...rest,
    startedAt: iso(startedAt),
    ...(completedAt === undefined ? {} : { completedAt: iso(completedAt) }),
    events: events.map(({ at, actions: __, ...event }) => ({ ...event, at: iso(at) })),
  }));
  const series = answered.map(({ asked, piece }) => ({
    rule: asked.rule.name,
    policy: asked.case.policy.name,
    deployment: deploymentTitle(asked.case.deployment),
    query: piece.query,
    period: formatDuration(piece.period),
    from: iso(piece.from),
    to: iso(piece.to),
    growing: piece.growing,
    points: rows(piece.points),
    inputs: Object.fromEntries(Object.entries(piece.inputs).map(([input, points]) => [input, rows(points)])),
  }));
  return {
    deployments: JSON.stringify(written, undefined, 1),
    series: JSON.stringify(series),
    triggers: said.length === 0 ? undefined : JSON.stringify(said, undefined, 1),
  };
}

/** Deliberate faults, at the seams of the daemon: each law has one that breaks it. */
import { writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Mutant } from './run.ts';
import type { Scenario } from './scenario/scenario.ts';
import { MINUTE } from './scenario/scenario.ts';
import type { Told } from './world/machine.ts';
import { type SdkRequest, textOf, type Wire } from './world/transport.ts';

type Handle = Wire['handle'];

function isFor({ method, path, headers }: SdkRequest, operation: string): boolean {
  const target = headers['x-amz-target'] ?? '';
  if (target !== '') return target.endsWith(`.${operation}`);
  const stops = method === 'DELETE' && path.includes('/deployments/');
  const gets = method === 'GET' && path.includes('/deployments/');
  const lists = path.endsWith('/environments');
  return (
    (operation === 'StopDeployment' && stops) ||
    (operation === 'GetDeployment' && gets) ||
    (operation === 'ListEnvironments' && lists)
  );
}

/** Stands between the daemon and its network. */
const between = (change: (send: Handle) => Handle): Mutant => ({
  transport: (own) => ({ ...own, handle: change((request, options) => own.handle(request, options)) }),
});

/** Answers of an operation with another body. */
const answering = (operation: string, change: (body: string) => string): Mutant =>
  between((send) => async (request, options) => {
    const answer = await send(request, options);
    if (!isFor(request, operation) || answer.response.statusCode !== 200) return answer;
    return { response: { ...answer.response, body: Buffer.from(change(String(answer.response.body))) } };
  });

const answerSchema = z.looseObject({
  MetricDataResults: z.array(z.looseObject({ Timestamps: z.array(z.number()), Values: z.array(z.number()) })),
});

/** Each value as it shall be seen, by its minute. */
const values = (change: (value: number, minute: number) => number) =>
  answering('GetMetricData', (body) => {
    const answer = answerSchema.parse(JSON.parse(body));
    for (const one of answer.MetricDataResults) {
      one.Values = one.Values.map((value, index) => change(value, (one.Timestamps[index] ?? 0) / 60));
    }
    return JSON.stringify(answer);
  });

/** Bad for six minutes, good for six: what was bad before a deployment is not held against it. */
const slander = values((value, minute) => (Math.floor(minute / 6) % 2 === 1 ? value * 100 : value));
const blind = values(() => 0);

const telling = (tell: (one: Told) => readonly Told[]): Mutant => ({ tell });
const without = (kind: string) => telling((one) => (one.event.kind === kind ? [] : [one]));

function allEnforced(scenario: Scenario): Scenario {
  return { ...scenario, policies: scenario.policies.map((policy) => ({ ...policy, mode: 'enforce' as const })) };
}

/** Tampers with a journal by SQL. */
const tampering = (sql: string): Mutant => ({
  after(path) {
    const db = new DatabaseSync(path);
    db.exec(sql);
    db.close();
  },
});

const questionSchema = z.object({
  MetricDataQueries: z.array(z.object({ Id: z.string() })),
  StartTime: z.number(),
  EndTime: z.number(),
});

/** When nobody answers it takes everything for well. */
const hopeful = between((send) => async (request, options) => {
  const answer = await send(request, options);
  if (!isFor(request, 'GetMetricData') || answer.response.statusCode === 200) return answer;
  const { MetricDataQueries, StartTime, EndTime } = questionSchema.parse(JSON.parse(textOf(request)));
  const minutes = Array.from({ length: (EndTime - StartTime) / 60 }, (_, index) => StartTime + index * 60);
  const results = MetricDataQueries.map(({ Id }) => ({
    Id,
    Label: Id,
    StatusCode: 'Complete',
    Timestamps: minutes,
    Values: minutes.map(() => 0),
  }));
  const body = Buffer.from(JSON.stringify({ MetricDataResults: results, Messages: [] }));
  return { response: { ...answer.response, statusCode: 200, headers: { ...answer.response.headers }, body } };
});

/** By the law it breaks. */
export const MUTANTS: Readonly<Record<string, Mutant>> = {
  healthyIsLeftAlone: slander,
  observedIsLeftAlone: { file: allEnforced },
  oneCallAtATime: between((send) => (request, options) => {
    if (isFor(request, 'StopDeployment')) void send(request, options).catch(() => {});
    return send(request, options);
  }),
  oneEffectiveStop: {
    ran: (ran) => ({ ...ran, exchanges: ran.exchanges.flatMap((one) => (one.status === 202 ? [one, one] : [one])) }),
  },
  settledIsSettled: between((send) => (request, options) => {
    if (isFor(request, 'StopDeployment')) setTimeout(() => void send(request).catch(() => {}), 10 * MINUTE);
    return send(request, options);
  }),
  quotasAreKept: between((send) => (request, options) => {
    for (let more = 0; more < 20; more++) {
      if (isFor(request, 'ListEnvironments')) void send(request).catch(() => {});
    }
    return send(request, options);
  }),
  missedWasUnwatched: {
    tell(one) {
      if (one.event.kind !== 'deployment-discovered') return [one];
      const { at, watch, snapshot } = one.event;
      const { application, environment, state } = snapshot;
      const { target, number } = watch.deployment;
      const missed = { kind: 'deployment-missed', at, target, application, environment, number, state } as const;
      return [one, { ...one, event: missed }];
    },
  },
  journalVerifies: tampering(`UPDATE record SET data = replace(data, 'DEPLOYING', 'COMPLETE') WHERE seq = 10`),
  journalIsWhole: tampering('DELETE FROM record WHERE seq > 20'),
  decisionsFollow: without('rule-judged'),
  stopsAreExplained: between((send) => (request, options) => {
    const stop = Object.assign(Object.create(Object.getPrototypeOf(request)), request, { method: 'DELETE' });
    if (isFor(request, 'GetDeployment')) void send(stop).catch(() => {});
    return send(request, options);
  }),
  unknownIsNotTaken: hopeful,
  decidedIsDone: without('stop-settled'),
  everyWatchEnds: answering('GetDeployment', (body) => body.replace(/"State":"[A-Z_]+"/, '"State":"DEPLOYING"')),
  loopComesBack: between((send) => {
    let asked = 0;
    return (request, options) => {
      if (isFor(request, 'ListEnvironments')) asked++;
      return asked > 10 && isFor(request, 'ListEnvironments') ? new Promise(() => {}) : send(request, options);
    };
  }),
  nothingIsLeft: between((send) => {
    setInterval(() => {}, 1_000_000);
    return send;
  }),
  itAlwaysStarts: { before: (path) => writeFileSync(path, 'this is no journal, and nobody wants it to be lost') },
  watchesFold: without('deployment-discovered'),
  unwatchedIsTold: without('deployment-discovered'),
  nothingAfterTheEnd: telling((one) => (one.event.kind === 'daemon-stopped' ? [one, one] : [one])),
  noFaultOfItsOwn: between((send) => (request, options) => {
    if (isFor(request, 'ListEnvironments')) throw new TypeError('a fault of the program');
    return send(request, options);
  }),
  harmIsStoppedInTime: blind,
  harmIsStoppedOrTold: blind,
  calmIsQuiet: between((send) => {
    let asked = 0;
    return (request, options) => {
      if (!isFor(request, 'ListEnvironments') || asked++ !== 10) return send(request, options);
      return Promise.reject(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    };
  }),
};

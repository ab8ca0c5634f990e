/** The AppConfig port over the real SDK: paging, tags, and every call through the caller's quota and timeout. */

import {
  type AppConfigClient,
  GetDeploymentCommand,
  ListApplicationsCommand,
  ListDeploymentsCommand,
  ListEnvironmentsCommand,
  ListTagsForResourceCommand,
  StopDeploymentCommand,
  type DeploymentSummary as WireSummary,
} from '@aws-sdk/client-appconfig';
import type { AwsCaller } from '../aws/caller.ts';
import { instantOf, listOf, ordinalOf, textOf } from '../aws/members.ts';
import { partitionOf } from '../aws/partition.ts';
import type { DeploymentRef, Named } from '../core/deployment.ts';
import { FailureError } from '../core/failure.ts';
import type { AppConfigPort, DeploymentSummary } from './port.ts';
import { answerToJson, readDeployment } from './read.ts';

/** AppConfig's largest page. */
const PAGE = 50;
/** The quotas (100 applications, 20 environments) fit a few pages; more than this is a paging loop. */
const MOST_PAGES = 200;
/** One environment deploys one configuration at a time, so what runs is among the newest few. */
const NEWEST = 10;

interface Page<Item> {
  readonly Items?: readonly Item[] | undefined;
  readonly NextToken?: string | undefined;
}

function endless(operation: string, what: string): FailureError {
  return new FailureError({ reason: 'malformed', retryable: true, message: `${operation}: ${what}` });
}

async function allPages<Item>(
  operation: string,
  next: (token: string | undefined) => Promise<Page<Item>>,
  /** Whether what has come is all that is wanted. */
  isEnough: (items: readonly Item[]) => boolean = () => false,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  const seen = new Set<string>();
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await next(token);
    for (const item of listOf(answer.Items, `${operation}: Items`)) items.push(item);
    const following = textOf(answer.NextToken, `${operation}: NextToken`);
    if (following === undefined || following === '' || isEnough(items)) return items;
    // What it would have listed is not known, and must not pass for all there is.
    if (seen.has(following)) throw endless(operation, 'the same NextToken came twice');
    seen.add(following);
    token = following;
  }
  throw endless(operation, `more than ${MOST_PAGES} pages`);
}

function named(item: { readonly Id?: string | undefined; readonly Name?: string | undefined }): readonly Named[] {
  const id = textOf(item.Id, 'an Id');
  return id === undefined ? [] : [{ id, name: textOf(item.Name, 'a Name') ?? id }];
}

/** ARNs from the application down to the deployment. */
function arnsOf(ref: DeploymentRef, account: string): readonly [string, string, string] {
  const application = `arn:${partitionOf(ref.region)}:appconfig:${ref.region}:${account}:application/${ref.applicationId}`;
  const environment = `${application}/environment/${ref.environmentId}`;
  return [application, environment, `${environment}/deployment/${ref.number}`];
}

function idsOf(ref: DeploymentRef) {
  return { ApplicationId: ref.applicationId, EnvironmentId: ref.environmentId, DeploymentNumber: ref.number };
}

function readSummary(item: WireSummary): readonly DeploymentSummary[] {
  const number = ordinalOf(item.DeploymentNumber, 'ListDeployments: DeploymentNumber');
  const startedAt = instantOf(item.StartedAt, 'ListDeployments: StartedAt');
  if (number === undefined) return [];
  const state = textOf(item.State, 'ListDeployments: State') ?? 'UNKNOWN';
  const type = textOf(item.Type, 'ListDeployments: Type') ?? 'USER';
  return [{ number, state, type, ...(startedAt === undefined ? {} : { startedAt }) }];
}

function tagsIn(tags: unknown): readonly (readonly [string, string])[] {
  if (typeof tags !== 'object' || tags === null) return [];
  return Object.entries(tags).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : []));
}

export interface AppConfigClients {
  /** With the SDK's own retries. */
  readonly reading: AppConfigClient;
  /** With one attempt a call: the stopper owns the retries. */
  readonly stopping: AppConfigClient;
}

export function appConfigPort({ reading, stopping }: AppConfigClients, caller: AwsCaller): AppConfigPort {
  const paging = (token: string | undefined) => ({ MaxResults: PAGE, ...(token ? { NextToken: token } : {}) });
  return {
    async listApplications(signal) {
      const items = await allPages('ListApplications', (token) =>
        caller.call(
          'ListApplications',
          (abortSignal) => reading.send(new ListApplicationsCommand(paging(token)), { abortSignal }),
          signal,
        ),
      );
      return items.flatMap(named);
    },
    async listEnvironments(applicationId, signal) {
      const items = await allPages('ListEnvironments', (token) =>
        caller.call(
          'ListEnvironments',
          (abortSignal) =>
            reading.send(new ListEnvironmentsCommand({ ApplicationId: applicationId, ...paging(token) }), {
              abortSignal,
            }),
          signal,
        ),
      );
      return items.flatMap((item) =>
        named(item).map((env) => ({ ...env, state: textOf(item.State, 'a State') ?? 'UNKNOWN' })),
      );
    },
    async newestDeployments(applicationId, environmentId, signal) {
      const input = { ApplicationId: applicationId, EnvironmentId: environmentId, MaxResults: NEWEST };
      const page = await caller.call(
        'ListDeployments',
        (abortSignal) => reading.send(new ListDeploymentsCommand(input), { abortSignal }),
        signal,
      );
      return listOf(page.Items, 'ListDeployments: Items').flatMap(readSummary);
    },
    async deploymentsSince(applicationId, environmentId, since, signal) {
      const place = { ApplicationId: applicationId, EnvironmentId: environmentId };
      const items = await allPages(
        'ListDeployments',
        (token) =>
          caller.call(
            'ListDeployments',
            (abortSignal) => reading.send(new ListDeploymentsCommand({ ...place, ...paging(token) }), { abortSignal }),
            signal,
          ),
        // Newest first: once one is too old, so are all that follow.
        (listed) => listed.flatMap(readSummary).some(({ startedAt }) => startedAt !== undefined && startedAt < since),
      );
      return items.flatMap(readSummary).filter(({ startedAt }) => startedAt === undefined || startedAt >= since);
    },
    async getDeployment(ref, place, signal, hurry) {
      const output = await caller.call(
        'GetDeployment',
        (abortSignal) => reading.send(new GetDeploymentCommand(idsOf(ref)), { abortSignal }),
        signal,
        hurry === undefined ? {} : { hurry },
      );
      const requestId = output.$metadata.requestId;
      const deployment = readDeployment(output, ref, place);
      return {
        deployment,
        // Read at every look, put on record at the end of a stop only.
        get answer() {
          return answerToJson(output);
        },
        ...(requestId === undefined ? {} : { requestId }),
      };
    },
    async stopDeployment(ref, { allowRevert, timeout }, signal) {
      const input = { ...idsOf(ref), ...(allowRevert ? { AllowRevert: true } : {}) };
      const output = await caller.call(
        'StopDeployment',
        (abortSignal) => stopping.send(new StopDeploymentCommand(input), { abortSignal }),
        signal,
        { timeout },
      );
      const requestId = output.$metadata.requestId;
      return { answer: answerToJson(output), ...(requestId === undefined ? {} : { requestId }) };
    },
    async tagsOf(ref, account, signal) {
      const answers = await Promise.all(
        arnsOf(ref, account).map((ResourceArn) =>
          caller.call(
            'ListTagsForResource',
            (abortSignal) => reading.send(new ListTagsForResourceCommand({ ResourceArn }), { abortSignal }),
            signal,
          ),
        ),
      );
      return Object.fromEntries(answers.flatMap((answer) => tagsIn(answer.Tags)));
    },
  };
}

/** When an environment was deployed to in the past, by ListDeployments. */
import { type AppConfigClient, ListDeploymentsCommand } from '@aws-sdk/client-appconfig';
import type { AwsCaller } from '../aws/caller.ts';
import { instantOf, listOf, textOf } from '../aws/members.ts';
import { FailureError } from '../core/failure.ts';
import type { Instant, Window } from '../core/time.ts';

/** The stretches from start to end of deployments that ended after an instant; one without an end is still under way. */
export type PastDeployments = (
  applicationId: string,
  environmentId: string,
  since: Instant,
  signal: AbortSignal,
) => Promise<readonly Window[]>;

const PAGE = 50;
/** Two and a half thousand deployments; more of them leave nothing to calibrate on. */
const MOST_PAGES = 50;
/** Nobody deploys for longer: an older one cannot reach into the stretch. */
const LONGEST_DEPLOYMENT = 3 * 86_400_000;

export function pastDeployments(client: AppConfigClient, caller: AwsCaller): PastDeployments {
  return async (applicationId, environmentId, since, signal) => {
    const stretches: Window[] = [];
    let token: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const input = { ApplicationId: applicationId, EnvironmentId: environmentId, MaxResults: PAGE };
      const command = new ListDeploymentsCommand(token === undefined ? input : { ...input, NextToken: token });
      const answer = await caller.call(
        'ListDeployments',
        (abortSignal) => client.send(command, { abortSignal }),
        signal,
      );
      let oldest = Number.POSITIVE_INFINITY;
      for (const item of listOf(answer.Items, 'ListDeployments: Items')) {
        const from = instantOf(item.StartedAt, 'ListDeployments: StartedAt');
        if (from === undefined) continue;
        const to = instantOf(item.CompletedAt, 'ListDeployments: CompletedAt') ?? Number.POSITIVE_INFINITY;
        oldest = Math.min(oldest, from);
        if (to > since) stretches.push({ from, to });
      }
      token = textOf(answer.NextToken, 'ListDeployments: NextToken');
      // Newest first: what follows began even earlier.
      if (token === undefined || token === '' || oldest < since - LONGEST_DEPLOYMENT) return stretches;
    }
    const message = `ListDeployments: more than ${MOST_PAGES} pages`;
    throw new FailureError({ reason: 'malformed', retryable: false, message });
  };
}

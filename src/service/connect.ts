/** Puts together what the engine is given for one target: clients, the guarded caller, sources and triggers. */
import { appConfigPort } from '../appconfig/client.ts';
import type { AwsAccess, QueryReport } from '../aws/access.ts';
import { awsCaller, type CallReport } from '../aws/caller.ts';
import { awsClients, type Transport } from '../aws/clients.ts';
import { accountLookup } from '../aws/identity.ts';
import type { TargetAccess } from '../engine/access.ts';
import type { Clock } from '../lib/clock.ts';
import { openSources, openTriggers } from '../plugin.ts';
import type { Target } from '../policy/schema.ts';
import { sources } from '../sources/index.ts';
import { triggers } from '../triggers/index.ts';

export interface ConnectOptions {
  readonly clock: Clock;
  /** Real milliseconds for one read, the SDK's retries included; default 20 s. */
  readonly timeout?: number;
  /** Requests per second by operation; default a bit below AWS's. */
  readonly quotas?: Readonly<Record<string, number>>;
  /** Default: HTTP over the network of this machine. */
  readonly transport?: Transport;
  readonly onCall?: (report: CallReport) => void;
  readonly onQueries?: (report: QueryReport & { readonly target: string }) => void;
}

/** A target of the policy file as the SDK is told about it. */
function clientOptions({ region, assumeRole }: Target) {
  if (assumeRole === undefined) return { region };
  const { arn, externalId, sessionName } = assumeRole;
  return {
    region,
    assumeRole: {
      arn,
      ...(externalId === undefined ? {} : { externalId: externalId.reveal() }),
      ...(sessionName === undefined ? {} : { sessionName }),
    },
  };
}

/** Connects to one target. Nothing is asked yet. */
export function connectTarget(target: Target, options: ConnectOptions): TargetAccess {
  const { clock, onCall, onQueries, timeout, transport, quotas } = options;
  const clients = awsClients({ ...clientOptions(target), ...(transport === undefined ? {} : { transport }) });
  const caller = awsCaller({
    target: target.name,
    clock,
    ...(timeout === undefined ? {} : { timeout }),
    ...(quotas === undefined ? {} : { quotas }),
    ...(onCall === undefined ? {} : { onCall }),
  });
  const access: AwsAccess = {
    cloudwatch: clients.cloudwatch,
    caller,
    clock,
    onQueries: (report) => onQueries?.({ ...report, target: target.name }),
  };
  return {
    port: appConfigPort({ reading: clients.appconfig, stopping: clients.stopping }, caller),
    source: openSources(sources, access),
    trigger: openTriggers(triggers, access),
    account: accountLookup(clients.identity, caller),
    inFlight: caller.inFlight,
    close: clients.destroy,
  };
}

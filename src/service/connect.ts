/** Puts together what the engine is given for one target: clients, the guarded caller, sources and triggers. */
import { appConfigPort } from '../appconfig/client.ts';
import { pastDeployments } from '../appconfig/past.ts';
import type { QueryReport } from '../aws/access.ts';
import { awsCaller, type CallReport } from '../aws/caller.ts';
import { awsClients, type Transport } from '../aws/clients.ts';
import { accountLookup } from '../aws/identity.ts';
import type { AlertBoard } from '../core/alert.ts';
import type { TargetAccess } from '../engine/access.ts';
import type { Clock } from '../lib/clock.ts';
import { type HttpClient, httpClient } from '../lib/http.ts';
import { openSources, openTriggers } from '../plugin.ts';
import type { Target } from '../policy/schema.ts';
import type { RequestReport, SourceAccess } from '../remote/access.ts';
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
  /** What came by hooks and queues; default: nothing ever did. */
  readonly alerts?: AlertBoard;
  readonly onCall?: (report: CallReport) => void;
  /** Told of requests to sources that are asked over plain HTTP. */
  readonly onRequest?: (report: RequestReport & { readonly target: string }) => void;
  readonly onQueries?: (report: QueryReport & { readonly target: string }) => void;
}

const NO_ALERTS: AlertBoard = { of: () => [], isHeard: () => false };

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

/** The same client, which knows how many of its requests have not been answered yet. */
function counted(http: HttpClient): HttpClient & { inFlight(): number } {
  let inFlight = 0;
  return {
    ...http,
    inFlight: () => inFlight,
    async send(request, signal) {
      inFlight++;
      return http.send(request, signal).finally(() => inFlight--);
    },
  };
}

/** Connects to one target. Nothing is asked yet. */
export function connectTarget(target: Target, options: ConnectOptions): TargetAccess {
  const { clock, onCall, onQueries, onRequest, timeout, transport, quotas } = options;
  const clients = awsClients({ ...clientOptions(target), ...(transport === undefined ? {} : { transport }) });
  const caller = awsCaller({
    target: target.name,
    clock,
    ...(timeout === undefined ? {} : { timeout }),
    ...(quotas === undefined ? {} : { quotas }),
    ...(onCall === undefined ? {} : { onCall }),
  });
  const http = counted(httpClient());
  const access: SourceAccess & { readonly alerts: AlertBoard } = {
    cloudwatch: clients.cloudwatch,
    caller,
    clock,
    http,
    alerts: options.alerts ?? NO_ALERTS,
    onQueries: (report) => onQueries?.({ ...report, target: target.name }),
    onRequest: (report) => onRequest?.({ ...report, target: target.name }),
  };
  return {
    port: appConfigPort({ reading: clients.appconfig, stopping: clients.stopping }, caller),
    past: pastDeployments(clients.appconfig, caller),
    source: openSources(sources, access),
    trigger: openTriggers(triggers, access),
    account: accountLookup(clients.identity, caller),
    inFlight: () => caller.inFlight() + http.inFlight(),
    close() {
      clients.destroy();
      void http.close();
    },
  };
}

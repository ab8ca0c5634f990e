/** SDK clients for one target, made so that the SDK's known traps do not bite. */
import { AppConfigClient, type AppConfigClientConfig } from '@aws-sdk/client-appconfig';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { frugal, Sha256 } from './frugal.ts';
import { UndiciHandler } from './http.ts';
import { type Identity, identity } from './identity.ts';
import { type AssumeRole, roleCredentials } from './role.ts';

/** What carries requests to AWS and answers back. */
export type Transport = NonNullable<AppConfigClientConfig['requestHandler']>;

export interface ClientOptions {
  readonly region: string;
  readonly assumeRole?: AssumeRole;
  /** Default: HTTP over the network of this machine. */
  readonly transport?: Transport;
}

/** Where and as whom to ask; several targets and rules may share one. */
export interface AwsClients {
  /** Reads AppConfig with the SDK's own retries. */
  readonly appconfig: AppConfigClient;
  /** Stops deployments: one attempt a call, since the stopper owns the retries (they would multiply). */
  readonly stopping: AppConfigClient;
  readonly identity: Identity;
  /** CloudWatch of another region or role than the target's own. */
  cloudwatch(override?: Partial<ClientOptions>): CloudWatchClient;
  destroy(): void;
}

/** More than the caller lets out at once of the few operations that share a client. */
const MOST_SOCKETS = 160;

/** Of one client, or of several that are destroyed together. */
export function handler(): UndiciHandler {
  return new UndiciHandler({ connections: MOST_SOCKETS, patience: 15_000 });
}

function baseConfig({ region, transport }: ClientOptions) {
  return { region, requestHandler: transport ?? handler(), customUserAgent: 'appconfig-watchdog', sha256: Sha256 };
}

/**
 * One set of credentials for each role, whoever asks as it: a stop uses those that reading has used all along, and needs
 * no answer of STS at the moment it is made.
 */
function credentialsByRole() {
  const made = new Map<string, ReturnType<typeof roleCredentials>>();
  return ({ region, transport, assumeRole: role }: ClientOptions) => {
    if (role === undefined) return {};
    const key = JSON.stringify([role.arn, role.externalId, role.sessionName]);
    // Without a handler of its own it would wait for an answer of STS for ever, and every call with it.
    const credentials = made.get(key) ?? roleCredentials(role, { region, requestHandler: transport ?? handler() });
    made.set(key, credentials);
    return { credentials };
  };
}

export function awsClients(options: ClientOptions): AwsClients {
  const credentials = credentialsByRole();
  const configOf = (wanted: ClientOptions) => ({ ...baseConfig(wanted), ...credentials(wanted) });
  const config = configOf(options);
  const reading = frugal(new AppConfigClient({ ...config, maxAttempts: 3 }));
  const stopping = new AppConfigClient({ ...config, requestHandler: options.transport ?? handler(), maxAttempts: 1 });
  const who = identity(config);
  const cloudwatches = new Map<string, CloudWatchClient>();
  return {
    appconfig: reading,
    stopping,
    identity: who,
    cloudwatch(override = {}) {
      const wanted = { ...options, ...override };
      const key = JSON.stringify([
        wanted.region,
        wanted.assumeRole?.arn ?? null,
        wanted.assumeRole?.externalId ?? null,
      ]);
      const known = cloudwatches.get(key);
      if (known !== undefined) return known;
      const made = frugal(new CloudWatchClient({ ...configOf(wanted), maxAttempts: 3 }));
      cloudwatches.set(key, made);
      return made;
    },
    destroy() {
      for (const client of [reading, stopping, who, ...cloudwatches.values()]) client.destroy();
    },
  };
}

/** What the watchdog asks of AppConfig, in its own words; errors are FailureError. */
import type { Deployment, DeploymentRef, Named } from '../core/deployment.ts';
import type { JsonObject } from '../core/json.ts';
import type { Instant } from '../core/time.ts';

export interface EnvironmentSummary extends Named {
  /** READY_FOR_DEPLOYMENT, DEPLOYING, ROLLING_BACK, …; states of tomorrow are kept. */
  readonly state: string;
}

/** One row of ListDeployments. */
export interface DeploymentSummary {
  readonly number: number;
  readonly state: string;
  /** USER or MANAGED; only ListDeployments tells. */
  readonly type: string;
  readonly startedAt?: Instant;
}

/** An answer about one deployment: what the watchdog understands of it, and all that AWS said. */
export interface DeploymentAnswer {
  readonly deployment: Deployment;
  /** The whole answer, times in ISO. */
  readonly answer: JsonObject;
  readonly requestId?: string;
}

interface StopAnswer {
  /** The whole answer, times in ISO; AWS documents answers without State and EventLog. */
  readonly answer: JsonObject;
  readonly requestId?: string;
}

/** What GetDeployment does not answer and the caller has already looked up. */
export interface Place {
  readonly account?: string;
  readonly application: Named;
  readonly environment: Named;
  readonly type: string;
}

export interface AppConfigPort {
  listApplications(signal: AbortSignal): Promise<readonly Named[]>;
  listEnvironments(applicationId: string, signal: AbortSignal): Promise<readonly EnvironmentSummary[]>;
  /** The newest deployments of an environment, newest first; one page. */
  newestDeployments(
    applicationId: string,
    environmentId: string,
    signal: AbortSignal,
  ): Promise<readonly DeploymentSummary[]>;
  /** Every deployment of an environment that began at or after an instant, newest first; in progress or over. */
  deploymentsSince(
    applicationId: string,
    environmentId: string,
    since: Instant,
    signal: AbortSignal,
  ): Promise<readonly DeploymentSummary[]>;
  /** Once `hurry` resolves, it goes before the reads that wait for the quota. */
  getDeployment(
    ref: DeploymentRef,
    place: Place,
    signal: AbortSignal,
    hurry?: Promise<void>,
  ): Promise<DeploymentAnswer>;
  /** One StopDeployment call; `timeout` in real milliseconds. Not retried here. */
  stopDeployment(
    ref: DeploymentRef,
    options: { readonly allowRevert: boolean; readonly timeout: number },
    signal: AbortSignal,
  ): Promise<StopAnswer>;
  /** Tags of the application, its environment and the deployment; the more specific one wins. */
  tagsOf(ref: DeploymentRef, account: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
}

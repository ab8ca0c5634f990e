/** What the engine is given for one target: somebody to ask about deployments and rules. */
import type { PastDeployments } from '../appconfig/past.ts';
import type { AppConfigPort } from '../appconfig/port.ts';
import type { RuleAccess } from './rule.ts';

export interface TargetAccess extends RuleAccess {
  readonly port: AppConfigPort;
  /** What deployments there were, for those who calibrate; absent: none are known. */
  readonly past?: PastDeployments;
  /** Twelve digits, when known. */
  account(signal: AbortSignal): Promise<string | undefined>;
  /** Calls that have not been answered yet. */
  inFlight(): number;
  close(): void;
}

/** What AppConfig's own extensions say of a deployment: by EventBridge, or by SNS and SQS, which write numbers as texts. */
import type { DeploymentHint } from '../../core/alert.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { objectOf, textOf } from './fields.ts';
import { malformed } from './refusal.ts';

/** Where an event says nothing of account and region itself: those of the topic or queue that brought it. */
export interface Origin {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

const ID = /^[a-z0-9]{4,7}$/;

function idOf(value: Json | undefined, what: string): string {
  const id = textOf(objectOf(value)?.Id, 20);
  if (id === undefined || !ID.test(id)) throw malformed(`${what} has no id of AppConfig's`);
  return id;
}

function numberOf(value: Json | undefined): number | undefined {
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

const isAccount = (text: string | undefined) => text !== undefined && /^\d{12}$/.test(text);
const isRegion = (text: string | undefined) => text !== undefined && /^[a-z]{2,}(?:-[a-z]+)+-\d+$/.test(text);

/** Whether it is one of AppConfig's: its type is `OnDeploymentStart` and the like. */
export function isDeploymentEvent(detail: JsonObject): boolean {
  return typeof detail.Type === 'string' && /^OnDeployment[A-Z][A-Za-z]{1,30}$/.test(detail.Type);
}

export function hintOf(detail: JsonObject, { account, region }: Origin): DeploymentHint {
  const number = numberOf(detail.DeploymentNumber);
  return {
    applicationId: idOf(detail.Application, 'Application'),
    environmentId: idOf(detail.Environment, 'Environment'),
    ...(number === undefined ? {} : { number }),
    ...(account !== undefined && isAccount(account) ? { account } : {}),
    ...(region !== undefined && isRegion(region) ? { region } : {}),
  };
}

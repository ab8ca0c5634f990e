/** What every operation of the sandbox's AppConfig gets and gives. */
import type { JsonObject } from '../../core/json.ts';
import type { Clock } from '../../lib/clock.ts';
import type { WireRequest } from '../wire.ts';
import { badRequest } from './errors.ts';
import type { EventType, LifeOptions } from './lifecycle.ts';
import type { Application, Environment, Profile, Store } from './store.ts';

/** An extension associated with everything, so that its traces on the wire can be seen; it calls nobody. */
export interface SandboxExtension {
  readonly id: string;
  readonly associationId: string;
  readonly version: number;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly actionName: string;
  readonly uri: string;
  readonly roleArn?: string;
  /** The events its action is invoked at; default: every one. */
  readonly on?: readonly EventType[];
  /** What the invocation ended with, when it failed. */
  readonly error?: { readonly code: string; readonly message: string };
}

export interface AppConfigContext {
  readonly clock: Clock;
  readonly account: string;
  readonly region: string;
  readonly store: Store;
  readonly life: LifeOptions;
  readonly bakingEnvironmentState: 'DEPLOYING' | 'READY_FOR_DEPLOYMENT';
  readonly stopAnswer: 'full' | 'minimal';
  readonly extensions: readonly SandboxExtension[];
  /** Called when a deployment began or the monitors of an environment changed. */
  readonly onWatch: (environmentId: string) => void;
}

export interface Call {
  readonly request: WireRequest;
  readonly labels: ReadonlyMap<string, string>;
  readonly context: AppConfigContext;
}

export interface Reply {
  readonly status: number;
  readonly body?: JsonObject;
  /** A body that is not JSON, with its own content-type among the headers. */
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Operation = (call: Call) => Reply;

export const NO_CONTENT: Reply = { status: 204 };

/** A label of the path that must look like an id. */
export function idLabel(call: Call, label: string): string {
  const value = call.labels.get(label) ?? '';
  const wanted =
    label === 'DeploymentStrategyId' ? /^(?:[a-z0-9]{4,7}|AppConfig\.[A-Za-z0-9]{9,40})$/ : /^[a-z0-9]{4,7}$/;
  if (!wanted.test(value)) {
    throw badRequest(
      `1 validation error detected: Value '${value}' at '${label}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${wanted.source}`,
    );
  }
  return value;
}

/** A label of the path that must be a whole number. */
export function numberLabel(call: Call, label: string): number {
  const value = call.labels.get(label) ?? '';
  if (!/^\d{1,10}$/.test(value)) throw badRequest(`Value '${value}' at '${label}' must be a number.`);
  return Number(value);
}

export function applicationOf(call: Call): Application {
  return call.context.store.applications.get(idLabel(call, 'ApplicationId'));
}

export function environmentOf(call: Call): Environment {
  const application = applicationOf(call);
  const id = idLabel(call, 'EnvironmentId');
  const { environments } = call.context.store;
  const found = environments.get(id);
  return found.applicationId === application.id ? found : environments.get(`${application.id}/${id}`);
}

export function profileOf(call: Call): Profile {
  const application = applicationOf(call);
  return profileIn(call.context.store, application.id, idLabel(call, 'ConfigurationProfileId'));
}

/** The profile when it belongs to the application; a 404 otherwise. */
export function profileIn(store: Store, applicationId: string, id: string): Profile {
  const found = store.profiles.get(id);
  return found.applicationId === applicationId ? found : store.profiles.get(`${applicationId}/${id}`);
}

/** ARN of something in this account and region. */
export function arn(context: AppConfigContext, resource: string): string {
  return `arn:aws:appconfig:${context.region}:${context.account}:${resource}`;
}

/** Remembers the tags a resource was created with. */
export function tagNew(
  context: AppConfigContext,
  resource: string,
  tags: Readonly<Record<string, string>> | undefined,
): void {
  context.store.tags.set(arn(context, resource), tags ?? {});
}

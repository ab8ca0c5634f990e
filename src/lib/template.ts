/** Texts of a policy file with places for a deployment: `{{deployment.application}}`. */
import { z } from 'zod';
import type { Deployment, DeploymentPlace } from '../core/deployment.ts';

/** What can stand behind `deployment.`, and what it becomes. */
const FIELDS = {
  application: (deployment: Deployment) => deployment.application.name,
  applicationId: (deployment: Deployment) => deployment.application.id,
  environment: (deployment: Deployment) => deployment.environment.name,
  environmentId: (deployment: Deployment) => deployment.environment.id,
  profile: (deployment: Deployment) => deployment.profile.name,
  profileId: (deployment: Deployment) => deployment.profile.id,
  version: (deployment: Deployment) => deployment.version,
  versionLabel: (deployment: Deployment) => deployment.versionLabel ?? '',
  number: (deployment: Deployment) => String(deployment.ref.number),
  target: (deployment: Deployment) => deployment.ref.target,
  region: (deployment: Deployment) => deployment.ref.region,
  account: (deployment: Deployment) => deployment.account ?? '',
} as const;
type Field = keyof typeof FIELDS;

const isField = (name: string): name is Field => Object.hasOwn(FIELDS, name);

const PLACE = /\{\{([^{}]*)\}\}/g;

/** Why a text is no template; undefined when it is one. */
export function templateProblem(text: string): string | undefined {
  for (const [place, inner = ''] of text.matchAll(PLACE)) {
    const name = /^\s*deployment\.([A-Za-z]+)\s*$/.exec(inner)?.[1];
    if (name === undefined || !isField(name)) {
      const known = Object.keys(FIELDS).map((field) => `{{deployment.${field}}}`);
      return `${place} is no place for a value; expected one of ${known.join(', ')}`;
    }
  }
  return undefined;
}

/** Whether a text has places at all. */
export function isTemplate(text: string): boolean {
  return text.search(PLACE) >= 0;
}

/**
 * The text for one deployment. Names in AppConfig are chosen by people: `harmless` makes a value harmless where it will
 * stand (in a quoted string of a query language, in a URL).
 */
export function fillTemplate(text: string, deployment: Deployment, harmless = (value: string) => value): string {
  return text.replace(PLACE, (place, inner: string) => {
    const name = inner.trim().slice('deployment.'.length);
    return isField(name) ? harmless(FIELDS[name](deployment)) : place;
  });
}

/** The text where only the place is known; what is not known of it becomes `unknown`. */
export function fillTemplateAt(
  text: string,
  at: DeploymentPlace,
  harmless: (value: string) => string,
  unknown: string,
): string {
  const known: Partial<Record<Field, string>> = {
    ...{ target: at.target, region: at.region },
    ...{ application: at.application.name, applicationId: at.application.id },
    ...(at.environment === undefined ? {} : { environment: at.environment.name, environmentId: at.environment.id }),
  };
  return text.replace(PLACE, (_, inner: string) => {
    const name = inner.trim().slice('deployment.'.length);
    const value = isField(name) ? known[name] : undefined;
    return value === undefined ? unknown : harmless(value);
  });
}

/** The text with something in each place, to look at its shape. */
export function fillTemplateProbe(text: string): string {
  return text.replace(PLACE, 'x');
}

/** A text that may hold such places. */
export const templateSchema = z
  .string()
  .min(1)
  .refine((text) => templateProblem(text) === undefined, {
    error: (issue) => templateProblem(String(issue.input)) ?? '',
  });

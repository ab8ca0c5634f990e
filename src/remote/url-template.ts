/** Addresses with places for a deployment: where they may stand, and what goes in. */
import type { Deployment } from '../core/deployment.ts';
import { FailureError } from '../core/failure.ts';
import { fillTemplate, isTemplate, templateProblem } from '../lib/template.ts';
import { urlProblem } from './options.ts';

/** Places filled with something plain, so that the rest can be looked at. */
export function withoutPlaces(text: string): string {
  return text.replace(/\{\{[^{}]*\}\}/g, 'x');
}

/** Why a text is no such address; undefined when it is one. */
export function urlTemplateProblem(text: string): string | undefined {
  const problem = templateProblem(text) ?? urlProblem(withoutPlaces(text));
  if (problem !== undefined) return problem;
  // Whoever names an application must not choose whom this program asks.
  const authority = /^[a-z]+:\/\/[^/?#]*/i.exec(text)?.[0] ?? '';
  return isTemplate(authority) ? 'expected {{…}} only behind the host of the URL' : undefined;
}

const DOTS = /^(?:\.|%2e){1,2}$/i;

/** The address for one deployment: each value is one part of the path or of the query, whatever it holds. */
export function fillUrl(text: string, deployment: Deployment): string {
  const filled = fillTemplate(text, deployment, (value) => encodeURIComponent(value.toWellFormed()));
  const [path = ''] = filled.split(/[?#]/);
  if (path.split('/').some((part) => DOTS.test(part))) {
    const message = 'a name of the deployment would lead to another path of the URL';
    throw new FailureError({ reason: 'rejected', retryable: false, message });
  }
  return filled;
}

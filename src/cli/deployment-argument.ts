/** The DEPLOYMENT argument: finds the one deployment a person means among those a journal holds. */

import { type Deployment, deploymentTitle, refKey } from '../core/deployment.ts';
import type { JournalReader } from '../journal/read.ts';
import { plainText } from '../lib/text.ts';

export type Found =
  | { readonly kind: 'found'; readonly key: string }
  /** `candidates` are arguments that would name exactly one. */
  | { readonly kind: 'ambiguous' | 'unknown'; readonly candidates: readonly string[] };

/** The newest snapshot of every deployment under watch in the journal, oldest deployment first. */
function knownDeployments(journal: JournalReader): readonly Deployment[] {
  const known = new Map<string, Deployment>();
  for (const { event } of journal.events({ kinds: ['deployment-discovered', 'stop-settled'] })) {
    if (event !== undefined && 'snapshot' in event) known.set(refKey(event.snapshot.ref), event.snapshot);
  }
  return [...known.values()];
}

/** Every way to name a deployment: application and environment by name or id, with or without the target. */
function spellings({ ref, application, environment }: Deployment): ReadonlySet<string> {
  const plain = [application.name, application.id].flatMap((app) =>
    [environment.name, environment.id].map((env) => `${app}/${env}/${ref.number}`),
  );
  return new Set([...plain, ...plain.map((one) => `${ref.target}:${one}`)]);
}

/** `app/env/number` by names or ids, optionally `target:app/env/number`. */
export function findDeployment(journal: JournalReader, argument: string): Found {
  const known = knownDeployments(journal);
  const named = known.filter((deployment) => spellings(deployment).has(argument));
  const [only] = named;
  if (only !== undefined && named.length === 1) return { kind: 'found', key: refKey(only.ref) };
  const full = (deployment: Deployment) => `${deployment.ref.target}:${deploymentTitle(deployment)}`;
  const byIds = ({ ref }: Deployment) => `${ref.target}:${ref.applicationId}/${ref.environmentId}/${ref.number}`;
  if (named.length > 1) return { kind: 'ambiguous', candidates: named.map(byIds) };
  return { kind: 'unknown', candidates: known.slice(-20).map(full) };
}

/** The error for a person: what is wrong with the argument and what would be right. */
export function notFoundText(argument: string, found: Exclude<Found, { kind: 'found' }>): string {
  const list = found.candidates.map((candidate) => `\n  ${plainText(candidate)}`).join('');
  const asked = plainText(argument);
  if (found.kind === 'ambiguous') return `${asked} names several deployments; choose one of:${list}`;
  if (list === '') return `${asked} is not in the journal: it holds no deployment`;
  return `${asked} is not in the journal; expected APPLICATION/ENVIRONMENT/NUMBER, the newest ones are:${list}`;
}

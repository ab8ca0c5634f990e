/**
 * Which deployments a policy watches.
 *
 * Globs are case-sensitive and fit a name or an id as a whole. `*` is any number of characters, `/` among them, since
 * names may contain slashes; `?` is one character other than `/`; `[ab]` and `{a,b}` are choices; a backslash takes the
 * meaning from the next character. A text equal to the glob always fits.
 */
import type { Named } from '../core/deployment.ts';
import { globTest } from '../lib/glob.ts';
import type { Match } from './schema.ts';

/** What a match looks at. `tags` are those of the application and the environment, read only when needed. */
export interface MatchFacts {
  readonly target: string;
  readonly application: Named;
  readonly environment: Named;
  readonly profile: Named;
  /** USER or MANAGED. */
  readonly type: string;
  readonly description?: string | undefined;
  readonly versionLabel?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

const compiled = new Map<string, (text: string) => boolean>();
/** Reloads bring new globs, and nobody says which are no longer used. */
const MOST_COMPILED = 10_000;

function fits(glob: string, text: string): boolean {
  if (glob === text) return true;
  let test = compiled.get(glob);
  if (test === undefined) {
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    test = globTest(glob);
    compiled.set(glob, test);
  }
  return test(text);
}

const named = (globs: readonly string[], { id, name }: Named) =>
  globs.some((glob) => fits(glob, name) || fits(glob, id));

/** A text that is not there fits no glob, not even `*`. */
const present = (glob: string | undefined, text: string | undefined) =>
  glob === undefined || (text !== undefined && fits(glob, text));

function tagged(match: Match, tags: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(match.tags ?? {}).every(([key, glob]) => {
    const value = Object.hasOwn(tags, key) ? tags[key] : undefined;
    return value !== undefined && (value === '' ? glob === '*' : fits(glob, value));
  });
}

/** Whether deciding takes the tags of the application and the environment. */
export function needsTags(match: Match): boolean {
  return Object.keys(match.tags ?? {}).length > 0;
}

export function couldMatchTarget(match: Match, target: string): boolean {
  return match.targets === undefined || match.targets.includes(target);
}

/** Whether a deployment of this application may fit; where not, the application need not be read at all. */
export function couldMatchApplication(match: Match, target: string, application: Named): boolean {
  return couldMatchTarget(match, target) && named(match.application, application);
}

/** Whether a deployment of this environment may fit; where not, its deployments need not be listed. */
export function couldMatchEnvironment(match: Match, target: string, application: Named, environment: Named): boolean {
  return couldMatchApplication(match, target, application) && named(match.environment, environment);
}

/** Whether a deployment fits: every key that is given must. */
export function matches(match: Match, facts: MatchFacts): boolean {
  return (
    couldMatchEnvironment(match, facts.target, facts.application, facts.environment) &&
    named(match.profile, facts.profile) &&
    match.types.some((type) => type === facts.type) &&
    present(match.description, facts.description) &&
    present(match.versionLabel, facts.versionLabel) &&
    tagged(match, facts.tags)
  );
}

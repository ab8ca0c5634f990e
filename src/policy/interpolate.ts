/** `${NAME}` in a text of the policy file: the value of an environment variable; `$${` stands for `${`. */

/** Environment variables, as Node gives them. */
export type Environment = Readonly<Record<string, string | undefined>>;

export type Interpolated =
  | { readonly ok: true; readonly text: string; readonly names: readonly string[] }
  | { readonly ok: false; readonly expected: string };

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
/** Of one text; the others are told when these are mended. */
const MOST_FAULTS = 5;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

function faultOf(name: string, closed: boolean, env: Environment): string | undefined {
  if (!closed) return 'a closing } after "${"; write "$${" for the two characters themselves';
  if (!NAME.test(name)) return 'the name of an environment variable between the braces (letters, digits, underscores)';
  if (!Object.hasOwn(env, name) || env[name] === undefined) return `the environment variable ${name} to be set`;
  return undefined;
}

/** Puts the values in; says what would be right when a reference is broken or its variable is not set. */
export function interpolate(text: string, env: Environment): Interpolated {
  const names: string[] = [];
  const faults: string[] = [];
  const result = text.replace(REFERENCE, (whole, name: string | undefined, close: string | undefined) => {
    if (whole === '$${') return '${';
    const fault = faultOf(name ?? '', close === '}', env);
    if (fault !== undefined && !faults.includes(fault) && faults.length < MOST_FAULTS) faults.push(fault);
    names.push(name ?? '');
    return env[name ?? ''] ?? '';
  });
  if (faults.length > 0) return { ok: false, expected: faults.join(' and ') };
  return { ok: true, text: result, names };
}

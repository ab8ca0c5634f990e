/** Cross-field rules of hooks and queues: who may send, whether anybody can, and that a name is one of the two. */
import type { z } from 'zod';
import { hooks } from '../hooks/index.ts';
import type { SnsAccess } from '../hooks/sns/certificates.ts';
import type { HookPlugin } from '../plugin.ts';
import type { Fault } from './fault.ts';
import { commonKeys } from './hook.ts';
import type { HookOutline, Outline } from './outline.ts';
import { choice } from './suggest.ts';

const FORMATS: readonly HookPlugin<string, z.ZodObject, SnsAccess>[] = hooks;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i;

function entries({ hooks: named }: Outline): readonly (readonly [string, HookOutline])[] {
  return Object.entries(named).flatMap(([name, hook]) => (hook === undefined ? [] : [[name, hook] as const]));
}

/** Whether the format signs its messages by itself; undefined where its options cannot be read. */
function signedByItself(hook: HookOutline): boolean | undefined {
  const format = FORMATS.find(({ kind }) => kind === hook.kind);
  const common = commonKeys();
  const own = Object.fromEntries(Object.entries(hook).filter(([key]) => !common.includes(key)));
  const options = format?.options().safeParse(own);
  return options?.success ? format?.authenticates(options.data) : undefined;
}

/** Anybody who reaches the port could stop a deployment, or clear an alert that would have. */
export function hooksWithoutAuth(outline: Outline): readonly Fault[] {
  return entries(outline).flatMap(([name, hook]) => {
    if (hook.auth !== undefined || hook.insecure !== undefined || signedByItself(hook) !== false) return [];
    const expected = 'how the hook knows its senders, { kind: hmac | bearer | basic | api-key, … }';
    return [{ path: ['hooks', name, 'auth'], expected }];
  });
}

export function insecureHooks(outline: Outline): readonly Fault[] {
  const host = outline.http.host ?? '127.0.0.1';
  return entries(outline).flatMap(([name, hook]) => {
    if (hook.insecure !== true) return [];
    const path = ['hooks', name, 'insecure'];
    if (hook.auth !== undefined) return [{ path, expected: 'nothing: the hook has `auth`' }];
    if (signedByItself(hook)) return [{ path, expected: 'nothing: the messages of this format are signed' }];
    if (LOOPBACK.test(host)) return [];
    return [
      { path, expected: 'nothing, or a loopback address in http.host: anybody could send what stops a deployment' },
    ];
  });
}

export function hooksNobodyReaches(outline: Outline): readonly Fault[] {
  if (outline.http.enabled !== false || entries(outline).length === 0) return [];
  return [{ path: ['http', 'enabled'], expected: 'true: hooks are reached by HTTP' }];
}

/** A rule names the one or the other, and must not mean both. */
export function queuesNamedLikeHooks({ hooks: named, queues }: Outline): readonly Fault[] {
  return Object.keys(queues).flatMap((name) => {
    if (!Object.hasOwn(named, name)) return [];
    return [{ path: ['queues', name], expected: `a name that no hook has (hooks.${name} has this one)` }];
  });
}

/** A rule that listens where nothing can come by would never say anything. */
export function unknownHooks({ policies, hooks: named, queues }: Outline): readonly Fault[] {
  const known = [...Object.keys(named), ...Object.keys(queues)];
  return policies.flatMap((policy, index) =>
    (policy?.rules ?? []).flatMap((rule, at) => {
      const { kind, hook } = rule?.trigger ?? {};
      if (kind !== 'webhook' || hook === undefined || hook === '' || known.includes(hook)) return [];
      const path = ['policies', index, 'rules', at, 'trigger', 'hook'];
      const there = known.length === 0 ? 'there is none in `hooks` or `queues`' : choice(hook, known);
      return [{ path, expected: `a hook or a queue: ${there}` }];
    }),
  );
}

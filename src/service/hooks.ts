/** The hooks of the policy file in force: opened once each, and kept over a reload that leaves them as they are. */

import type { z } from 'zod';
import type { Delivery } from '../core/alert.ts';
import { hooks as formats } from '../hooks/index.ts';
import type { SnsAccess } from '../hooks/sns/certificates.ts';
import type { OpenHook } from '../http/hook-answer.ts';
import type { HookRoutes } from '../http/hooks.ts';
import type { Clock } from '../lib/clock.ts';
import { secretsIn } from '../lib/secret.ts';
import { type HookPlugin, openHook } from '../plugin.ts';
import type { HookOptions } from '../policy/hook.ts';
import type { Config } from '../policy/schema.ts';
import { hookIntake } from './hook-intake.ts';

export interface HooksOptions {
  readonly clock: Clock;
  /** Resolves when the alerts are on record: only then is the sender told that they are taken. */
  readonly accept: (hook: string, delivery: Delivery) => Promise<void>;
  /** The only calls a message can lead to. */
  readonly sns: SnsAccess;
  /** Told after each answer, for metrics and log. */
  readonly report: HookRoutes['report'];
}

export interface Hooks {
  /** Puts those of a policy file in force. */
  put(config: Pick<Config, 'hooks'>): void;
  /** For the HTTP server. */
  readonly routes: HookRoutes;
}

interface Opened {
  readonly identity: string;
  readonly hook: OpenHook;
}

const FORMATS: readonly HookPlugin<string, z.ZodObject, SnsAccess>[] = formats;

/** Equal exactly when the options are, secrets included; never shown to anybody. */
const identityOf = (options: HookOptions) =>
  JSON.stringify([options, secretsIn(options).map((secret) => secret.reveal())]);

export function openHooks({ clock, accept, sns, report }: HooksOptions): Hooks {
  let opened: ReadonlyMap<string, Opened> = new Map();

  function open(name: string, options: HookOptions): Opened {
    const identity = identityOf(options);
    const before = opened.get(name);
    // It remembers which messages it took, and certificates: what was not changed goes on.
    if (before?.identity === identity) return before;
    const format = openHook(FORMATS, options, sns);
    const signed = FORMATS.some((one) => one.kind === options.kind && one.authenticates(options));
    return { identity, hook: hookIntake({ name, options, format, signed, clock, accept }) };
  }

  return {
    put(config) {
      opened = new Map(Object.entries(config.hooks).map(([name, options]) => [name, open(name, options)]));
    },
    routes: { find: (name) => opened.get(name)?.hook, report, elapsed: clock.elapsed },
  };
}

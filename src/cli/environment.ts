/** What a command takes from the environment where no flag says it. */
import type { CliIo } from './io.ts';

/** The policy file, so that a container says its place once for the daemon and for everything that asks it. */
export const CONFIG_VARIABLE = 'APPCONFIG_WATCHDOG_CONFIG';
/** Where the daemon listens, for those who ask it. */
export const URL_VARIABLE = 'APPCONFIG_WATCHDOG_URL';
/** The token of `http.token`, for those who tell the daemon something. */
export const TOKEN_VARIABLE = 'APPCONFIG_WATCHDOG_TOKEN';

/** An empty variable is none. */
export function fromEnvironment({ env }: CliIo, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

/** The policy file of the commands that work with one; a flag counts more. */
export function defaultConfig(io: CliIo): string {
  return fromEnvironment(io, CONFIG_VARIABLE) ?? 'config/watchdog.yaml';
}

/** What a message that came in by POST /hooks/NAME was found to be, and the answer to it. */

/** Stable words: they stand in metrics and in the log. */
export const HOOK_OUTCOMES = {
  taken: 200,
  noted: 200,
  repeated: 200,
  malformed: 400,
  'not-authentic': 401,
  'not-wanted': 403,
  'unknown-hook': 404,
  'too-large': 413,
  'not-supported': 415,
  limited: 429,
  busy: 503,
  failed: 503,
} as const;

export type HookOutcome = keyof typeof HOOK_OUTCOMES;

export interface HookAnswer {
  readonly outcome: HookOutcome;
  /** In this program's own words: it goes back to whoever asked. */
  readonly because?: string;
  /** More for the log, which does not go back. */
  readonly detail?: string;
  /** Whether it came from a sender the hook knows. */
  readonly authentic: boolean;
  readonly alerts?: number;
  readonly deployments?: number;
}

export interface OpenHook {
  /** Bytes. */
  readonly bodyLimit: number;
  /** Without any authentication: only for programs on this machine. */
  readonly insecure: boolean;
  /** Asks for user and password, so that a sender that waits to be asked (SNS) sends them. */
  readonly challenge: boolean;
  /** Before the body is read: an answer to who is not known, or whether the headers were proof enough. */
  door(headers: Readonly<Record<string, string>>): HookAnswer | 'known' | 'body-must-tell';
  /** Resolves when what the message brought is on record. Never rejects. */
  take(raw: Uint8Array, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HookAnswer>;
}

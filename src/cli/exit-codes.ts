/** What the commands end with; documented, so that scripts may rely on it. */

export const EXIT = {
  /** All is well. */
  ok: 0,
  /** The command was understood and could not be done, or what it checked does not hold. */
  failed: 1,
  /** The call or the policy file is wrong; nothing was done. */
  usage: 2,
  /** What was named is not there. */
  notFound: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

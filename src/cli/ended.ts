/** What ends a command before its time. */
import type { ExitCode } from './exit-codes.ts';

export class Ended extends Error {
  readonly code: ExitCode;
  constructor(code: ExitCode, message: string) {
    super(message);
    this.code = code;
  }
}

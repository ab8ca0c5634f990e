/** The errors AppConfig's model has, with the status each of them travels under. */

const STATUS = {
  BadRequestException: 400,
  ResourceNotFoundException: 404,
  ConflictException: 409,
  PayloadTooLargeException: 413,
  InternalServerException: 500,
} as const;
export type ErrorCode = keyof typeof STATUS;

/** A request that is refused; the service turns it into an answer. */
export class AppConfigError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  /** Members of the error's shape beside Message. */
  readonly members: Readonly<Record<string, string | number>>;
  constructor(code: ErrorCode, message: string, members: Readonly<Record<string, string | number>> = {}) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = STATUS[code];
    this.members = members;
  }
}

export function badRequest(message: string): AppConfigError {
  return new AppConfigError('BadRequestException', message);
}

export function conflict(message: string): AppConfigError {
  return new AppConfigError('ConflictException', message);
}

/** `kind` as AWS names it, e.g. `Environment`. */
export function notFound(kind: string, id: string): AppConfigError {
  return new AppConfigError('ResourceNotFoundException', `${kind} ${id} was not found.`, { ResourceName: kind });
}

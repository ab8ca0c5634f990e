/** One request and one answer as the sandbox's services see them: HTTP already read, the caller already known. */

export interface WireRequest {
  readonly method: string;
  /** Percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Twelve digits: whose access key signed the request. */
  readonly account: string;
  /** From the credential scope of the signature. */
  readonly region: string;
  readonly accessKeyId: string;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

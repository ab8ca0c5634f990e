/** What a source that is asked over plain HTTP is given for one target; CloudWatch's access is part of it. */
import type { AwsAccess } from '../aws/access.ts';
import type { Failure } from '../core/failure.ts';
import type { HttpClient } from '../lib/http.ts';

/** Told after each request; `duration` in real milliseconds. */
export interface RequestReport {
  /** Kind of the source that asked. */
  readonly source: string;
  readonly duration: number;
  readonly failure?: Failure;
}

export interface SourceAccess extends AwsAccess {
  readonly http: HttpClient;
  readonly onRequest?: (report: RequestReport) => void;
}

/** What a source over plain HTTP is given, with the real client and credentials that are known. */
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { awsCaller } from '../../src/aws/caller.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { httpClient } from '../../src/lib/http.ts';
import type { RequestReport, SourceAccess } from '../../src/remote/access.ts';

export const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI', sessionToken: 'session' };

export interface TestAccess extends SourceAccess, AsyncDisposable {
  /** One for each request. */
  readonly reports: readonly RequestReport[];
}

export function sourceAccess(clock: Clock): TestAccess {
  const reports: RequestReport[] = [];
  const http = httpClient();
  const clients: CloudWatchClient[] = [];
  return {
    cloudwatch({ region = 'eu-west-1' } = {}) {
      const client = new CloudWatchClient({ region, credentials: CREDENTIALS });
      clients.push(client);
      return client;
    },
    caller: awsCaller({ target: 'test', clock }),
    clock,
    http,
    onRequest: (report) => reports.push(report),
    reports,
    async [Symbol.asyncDispose]() {
      await http.close();
      for (const client of clients) client.destroy();
    },
  };
}

/** The real SDK talking to the sandbox's AppConfig without HTTP: the shop's hands, which no fault holds up. */
import { AppConfigClient } from '@aws-sdk/client-appconfig';
import type { Sandbox } from '../../../src/sandbox/index.ts';

interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

function queryOf(query: SdkRequest['query'] = {}): URLSearchParams {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    [value ?? ''].flat().map((text): [string, string] => [key, text]),
  );
  return new URLSearchParams(pairs);
}

/** Requests made by it do not stand in `sandbox.requests()`. */
export function directClient(sandbox: Sandbox, account: string, region: string): AppConfigClient {
  const { appconfig } = sandbox.state(account, region);
  const handle = async (request: SdkRequest) => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const { method, path } = request;
    const { body: sent = '' } = request;
    const body = typeof sent === 'string' ? Buffer.from(sent) : Buffer.concat([sent]);
    const query = queryOf(request.query);
    const answer = appconfig.handle({ method, path, query, headers, body, account, region, accessKeyId: 'DIRECT' });
    return { response: { statusCode: answer.status, headers: answer.headers, body: Buffer.from(answer.body) } };
  };
  return new AppConfigClient({ region, maxAttempts: 1, requestHandler: { handle } });
}

/** moto's server, which this project did not write: SNS, SQS and others on a port of this machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface Moto extends AsyncDisposable {
  readonly url: string;
  /** What it serves at an address of AWS, without leaving this machine. */
  get(url: URL): Promise<string>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no port was given');
  return address.port;
}

/** It tells its services apart by who a request says it is signed for. */
async function getAs(base: string, { host, pathname }: URL): Promise<string> {
  const [service, region] = host.split('.');
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIDTEST/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=none`;
  const answer = await fetch(base + pathname, { headers: { authorization } });
  if (!answer.ok) throw new Error(`moto answered ${answer.status}: ${(await answer.text()).slice(0, 200)}`);
  return answer.text();
}

export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const gone = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await gone;
  };
  for (let attempt = 0; attempt < 150; attempt++) {
    const up = await fetch(`${url}/moto-api/data.json`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (up) return { url, get: (asked) => getAs(url, asked), [Symbol.asyncDispose]: stop };
    await delay(200);
  }
  await stop();
  throw new Error('moto_server did not come up within 30 s');
}

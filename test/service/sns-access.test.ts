/** The calls to SNS go by the one HTTP client: bounded, without redirects, with failures as data. */
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { httpClient } from '../../src/lib/http.ts';
import { snsAccess } from '../../src/service/sns-access.ts';

test.each([
  [200, 'PEM', undefined],
  [404, 'NoSuchKey', 'not-found'],
  [302, '', 'rejected'],
  [503, '', 'unavailable'],
  [200, 'x'.repeat(100_000), 'malformed'],
])('an answer %i', async (status, text, reason) => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.url ?? '');
    response.writeHead(status, { location: '/elsewhere' }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const http = httpClient();
  try {
    const work = snsAccess(http).fetchCertificate(
      new URL(`http://127.0.0.1:${port}/S.pem`),
      new AbortController().signal,
    );
    if (reason === undefined) expect(await work).toBe(text);
    else await expect(work).rejects.toMatchObject({ failure: { reason } });
    expect(seen).toEqual(['/S.pem']);
  } finally {
    await http.close();
    server.close();
  }
});

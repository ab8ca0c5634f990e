/** What an answer of somebody on the way means, as the real SDK throws it. */
import { AppConfigClient, GetDeploymentCommand, StopDeploymentCommand } from '@aws-sdk/client-appconfig';
import { expect, test } from 'vitest';
import { awsFailure } from '../../src/aws/failure.ts';

/** The failure of a GetDeployment that is answered like this. */
async function answered(statusCode: number, headers: Record<string, string>, body: string) {
  const handle = async () => ({ response: { statusCode, headers, body: Buffer.from(body) } });
  const client = new AppConfigClient({
    region: 'eu-west-1',
    maxAttempts: 1,
    requestHandler: { handle },
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret' },
  });
  const command = new GetDeploymentCommand({ ApplicationId: 'abc1234', EnvironmentId: 'def1234', DeploymentNumber: 1 });
  return client.send(command).then(
    () => undefined,
    (error: unknown) => awsFailure(error, 'GetDeployment'),
  );
}

const JSON_BODY = { 'content-type': 'application/json' };

test.each([
  ['a page of a proxy', { 'content-type': 'text/html' }, '<html>404 page not found</html>'],
  ['JSON of a gateway', JSON_BODY, '{"message":"no Route matched with those values"}'],
  ['nothing at all', {}, ''],
])('404 with %s is not AppConfig saying that the deployment does not exist', async (_, headers, body) => {
  expect(await answered(404, headers, body)).toMatchObject({ reason: 'unavailable', retryable: true, status: 404 });
});

test('404 by AppConfig itself is', async () => {
  const headers = { ...JSON_BODY, 'x-amzn-errortype': 'ResourceNotFoundException' };
  expect(await answered(404, headers, '{"Message":"Deployment 1 was not found."}')).toMatchObject({
    reason: 'not-found',
    code: 'ResourceNotFoundException',
  });
});

const EXPIRED = 'Signature expired: 20261122T100000Z is now earlier than 20261122T115500Z (20261122T120000Z - 5 min.)';

test('a request that a wrong clock signed may be sent again: the SDK signs the next one by the time of the answer', async () => {
  const signed: string[] = [];
  const date = new Date(Date.now() + 7_200_000);
  const handle = async ({ headers }: { readonly headers: Readonly<Record<string, string>> }) => {
    signed.push(headers['x-amz-date'] ?? '');
    const error = { 'x-amzn-errortype': 'InvalidSignatureException', date: date.toUTCString(), ...JSON_BODY };
    return { response: { statusCode: 403, headers: error, body: Buffer.from(JSON.stringify({ message: EXPIRED })) } };
  };
  const client = new AppConfigClient({
    region: 'eu-west-1',
    maxAttempts: 1,
    requestHandler: { handle },
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret' },
  });
  const stop = () => {
    const input = { ApplicationId: 'abc1234', EnvironmentId: 'def1234', DeploymentNumber: 1 };
    return client.send(new StopDeploymentCommand(input)).catch((error: unknown) => awsFailure(error, 'StopDeployment'));
  };
  expect(await stop()).toMatchObject({ reason: 'auth', retryable: true });
  await stop();
  const hours = signed.map((text) => Number(text.slice(9, 11)));
  expect(((hours[1] ?? 0) - (hours[0] ?? 0) + 24) % 24).toBeGreaterThanOrEqual(1);
});

test('a wrong secret stays wrong', async () => {
  const headers = { ...JSON_BODY, 'x-amzn-errortype': 'InvalidSignatureException' };
  const message = 'The request signature we calculated does not match the signature you provided.';
  expect(await answered(403, headers, JSON.stringify({ message }))).toMatchObject({ reason: 'auth', retryable: false });
});

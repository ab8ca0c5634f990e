/** What an answer of somebody on the way means, as the real SDK throws it. */
import { AppConfigClient, GetDeploymentCommand } from '@aws-sdk/client-appconfig';
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

/** Has the SDK read the files it reads once in a process, so that within a simulation nothing waits for a real disk. */
import { ListApplicationsCommand } from '@aws-sdk/client-appconfig';
import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { awsClients } from '../../../src/aws/clients.ts';

const ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'not-a-secret',
  AWS_REGION: 'eu-west-1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
};

let prepared: Promise<void> | undefined;

async function prepare(): Promise<void> {
  Object.assign(process.env, ENVIRONMENT);
  delete process.env.AWS_ENDPOINT_URL;
  const handle = async () => ({
    response: { statusCode: 200, headers: {}, body: Buffer.from('{}') },
  });
  const clients = awsClients({ region: 'eu-west-1', transport: { handle } });
  await clients.appconfig.send(new ListApplicationsCommand({}));
  // What the daemon loads when it first asks for it; a slow load would pass for a slow AWS.
  await Promise.all([import('@aws-sdk/client-sts'), import('@aws-sdk/credential-providers')]);
  await clients
    .cloudwatch()
    .send(new GetMetricDataCommand({ MetricDataQueries: [], StartTime: new Date(), EndTime: new Date() }));
  clients.destroy();
}

export function prepareSdk(): Promise<void> {
  prepared ??= prepare();
  return prepared;
}

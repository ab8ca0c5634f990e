/** `iam-policy`: exactly what a file needs, and no more. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { iamPolicyCommand } from '../../src/cli/iam-policy.ts';
import type { Permissions, Statement } from '../../src/cli/permissions.ts';
import { runCommand } from './support/policy-io.ts';

const example = readFileSync(new URL('../../config/watchdog.yaml', import.meta.url), 'utf8');
const ROLE = 'arn:aws:iam::444455556666:role/watchdog';

async function permissions(text: string, ...args: string[]): Promise<Permissions> {
  const all = ['--config', 'w.yaml', '--json', ...args];
  const { out, err, code } = await runCommand(iamPolicyCommand, all, { 'w.yaml': text });
  expect(err).toBe('');
  expect(code).toBe(EXIT.ok);
  return JSON.parse(out);
}

const statements = ({ grants }: Permissions): readonly Statement[] =>
  grants.flatMap((grant) => grant.document.Statement);
const actions = (given: Permissions) => statements(given).flatMap((statement) => statement.Action);
const byId = example.replace('application: checkout', 'application: abc1234');
const withoutPager = example.replace(/ {6}- name: pager\n.*\n/, '');

describe('the example', () => {
  it('gets account-wide reads with "*" and applications with ARNs', async () => {
    const given = await permissions(example, '--account', '111122223333');
    const application = 'arn:aws:appconfig:eu-west-1:111122223333:application/*';
    expect(statements(given)).toEqual([
      {
        Sid: 'AccountWide',
        Effect: 'Allow',
        Action: ['appconfig:ListApplications', 'cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'],
        Resource: '*',
      },
      expect.objectContaining({ Sid: 'Read', Resource: [application] }),
      { Sid: 'Stop', Effect: 'Allow', Action: ['appconfig:StopDeployment'], Resource: [application] },
    ]);
    expect(given.notes.join()).toContain('"checkout"');
  });

  it('is printed as a document alone on stdout, with whose it is on stderr', async () => {
    const { out, err } = await runCommand(iamPolicyCommand, ['--config', 'w.yaml'], { 'w.yaml': example });
    expect(JSON.parse(out).Version).toBe('2012-10-17');
    expect(err).toContain('# for the credentials the daemon runs with:');
    expect(err).toContain('give --account');
  });
});

it('an application named by id gets its own ARN and what is in it', async () => {
  const given = await permissions(byId, '--account', '111122223333');
  const application = 'arn:aws:appconfig:eu-west-1:111122223333:application/abc1234';
  expect(statements(given).find(({ Sid }) => Sid === 'Stop')?.Resource).toEqual([application, `${application}/*`]);
});

it('a file that only observes may not stop', async () => {
  const given = await permissions(example.replace('mode: enforce', 'mode: observe'));
  expect(actions(given)).not.toContain('appconfig:StopDeployment');
});

it('without alarm triggers there is no DescribeAlarms', async () => {
  const given = await permissions(withoutPager);
  expect(actions(given)).not.toContain('cloudwatch:DescribeAlarms');
  expect(actions(given)).toContain('cloudwatch:GetMetricData');
});

it('tags cost a permission only where they are matched or selected by', async () => {
  const tagged = await permissions(
    example.replace('application: checkout,', 'application: checkout, tags: { team: shop },'),
  );
  const alarms = await permissions(example.replace('names: [checkout-latency-high]', 'tags: { team: shop }'));
  const none = actions(await permissions(example));
  expect(actions(tagged)).toContain('appconfig:ListTagsForResource');
  expect(actions(alarms)).toContain('cloudwatch:ListTagsForResource');
  expect(none.filter((action) => action.endsWith('ListTagsForResource'))).toEqual([]);
});

it('a role gets what its target needs, the daemon only the right to assume it', async () => {
  const text = example.replace('- region: eu-west-1', `- region: eu-west-1\n    assumeRole: { arn: "${ROLE}" }`);
  const { grants } = await permissions(text);
  expect(grants.map((grant) => grant.role)).toEqual([ROLE, undefined]);
  expect(grants[0]?.document.Statement[2]?.Resource).toEqual([
    'arn:aws:appconfig:eu-west-1:444455556666:application/*',
  ]);
  expect(grants[1]?.document.Statement).toEqual([
    { Sid: 'AssumeRoles', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: [ROLE] },
  ]);
});

it('a queue gets what fetches and deletes its messages, and no other queue; its role is assumed', async () => {
  const own = 'url: "https://sqs.eu-west-1.amazonaws.com/111122223333/alarms"';
  const other = 'url: "https://sqs.cn-north-1.amazonaws.com.cn/444455556666/alarms"';
  const queues = `queues:\n  own: { ${own} }\n  other: { ${other}, role: { arn: "${ROLE}" } }\n`;
  const { grants } = await permissions(`${example}\n${queues}`);
  const found = grants.flatMap(({ role, document }) =>
    document.Statement.filter(({ Sid }) => Sid === 'Queues' || Sid === 'AssumeRoles').map((one) => ({ role, ...one })),
  );
  const statement = { Effect: 'Allow', Action: ['sqs:DeleteMessage', 'sqs:ReceiveMessage'], Sid: 'Queues' };
  expect(found).toEqual([
    { ...statement, role: undefined, Resource: ['arn:aws:sqs:eu-west-1:111122223333:alarms'] },
    { ...statement, role: ROLE, Resource: ['arn:aws-cn:sqs:cn-north-1:444455556666:alarms'] },
    { role: undefined, Sid: 'AssumeRoles', Effect: 'Allow', Action: ['sts:AssumeRole'], Resource: [ROLE] },
  ]);
});

it('knows the partitions of China', async () => {
  const given = await permissions(example.replace('- region: eu-west-1', '- region: cn-north-1'));
  expect(statements(given)[1]?.Resource).toEqual(['arn:aws-cn:appconfig:cn-north-1:*:application/*']);
});

it('a bad file or account is told with exit code 2', async () => {
  const bad = await runCommand(iamPolicyCommand, ['--config', 'w.yaml'], { 'w.yaml': 'version: 2' });
  expect(bad.code).toBe(EXIT.usage);
  expect(bad.err).toContain('w.yaml:1:10: version');
  const account = await runCommand(iamPolicyCommand, ['--config', 'w.yaml', '--account', '12'], { 'w.yaml': example });
  expect(account.err).toContain('12-digit account id');
  expect(account.code).not.toBe(EXIT.ok);
});

describe('a heartbeat', () => {
  const beating = (cloudwatch: string) => `${example}\nheartbeat: { cloudwatch: ${cloudwatch} }\n`;
  const statement = {
    Sid: 'Heartbeat',
    Effect: 'Allow',
    Action: ['cloudwatch:PutMetricData'],
    Resource: '*',
    Condition: { StringEquals: { 'cloudwatch:namespace': 'AppConfigWatchdog' } },
  };

  it('as a metric may be written to its namespace and to no other', async () => {
    const given = await permissions(beating('{}'));
    expect(given.grants).toHaveLength(1);
    expect(statements(given).at(-1)).toEqual(statement);
  });

  it('of a role is granted to that role, which the daemon may assume', async () => {
    const given = await permissions(beating(`{ role: { arn: "${ROLE}" } }`));
    expect(given.grants.find(({ role }) => role === ROLE)?.document.Statement).toEqual([statement]);
    expect(statements(given)).toContainEqual(expect.objectContaining({ Sid: 'AssumeRoles', Resource: [ROLE] }));
  });

  it('to a URL needs nothing', async () => {
    const given = await permissions(`${example}\nheartbeat: { url: "https://example.org/x" }\n`);
    expect(actions(given)).not.toContain('cloudwatch:PutMetricData');
  });
});

/** `notify test` and what other commands say of notifiers: `check`, `iam-policy`. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkCommand } from '../../src/cli/check.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { iamPolicyCommand } from '../../src/cli/iam-policy.ts';
import { notifyCommand } from '../../src/cli/notify.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { policy } from '../scenario/support/policy.ts';
import { type Receiver, receiver } from '../support/receiver.ts';
import { runCommand } from './support/policy-io.ts';

let good: Receiver;
let bad: Receiver;
beforeEach(async () => {
  good = await receiver();
  bad = await receiver(({ path }) => ({ status: 403, body: `no ${path}` }));
});
afterEach(async () => {
  await good[Symbol.asyncDispose]();
  await bad[Symbol.asyncDispose]();
});

const file = (): string =>
  policy(
    {},
    {
      notifiers: {
        chat: { kind: 'slack', webhookUrl: `${good.url}/services/T0/B0/hunter2hunter2` },
        teams: { kind: 'teams', url: `${bad.url}/workflows/hunter3hunter3` },
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the policy file writes references so
        hook: { kind: 'webhook', url: good.url, secret: '${HOOK}' },
      },
      notify: [{ to: 'chat' }],
    },
  );
const run = (...args: string[]) =>
  runCommand(
    (io) => notifyCommand(io, systemClock()),
    ['test', '--config', 'w.yaml', ...args],
    { 'w.yaml': file() },
    { HOOK: 'hunter4hunter4' },
  );

describe('notify test', () => {
  it('sends a notice to the one it is asked for, and says that it was taken', async () => {
    const { out, code } = await run('--to', 'chat');
    expect(out).toMatch(/^ok {4}chat \(slack\) took it in \d+ ms\n$/);
    expect(code).toBe(EXIT.ok);
    expect(good.received).toHaveLength(1);
    expect(good.received[0]?.body).toContain('appconfig-watchdog can reach you here');
  });

  it('asks all, says what came back, and no secret', async () => {
    const { out, err, code } = await run();
    expect(out).toMatch(
      /^fail {2}teams \(teams\): Microsoft Teams answered 403: no \[redacted\] \(auth, would not be tried again\)$/m,
    );
    expect(out).toMatch(/^ok {4}hook /m);
    expect(out + err).not.toMatch(/hunter/);
    expect(code).toBe(EXIT.failed);
  });

  it.each([['slak'], ['nobody']])('says which there are when there is no %s', async (name) => {
    const { err, code } = await run('--to', name);
    expect(err).toMatch(/^error: expected chat \| teams \| hook.*, found /);
    expect(code).toBe(EXIT.usage);
    expect(good.received).toEqual([]);
  });

  it('says when the file has none', async () => {
    const none = await runCommand((io) => notifyCommand(io, systemClock()), ['test', '--config', 'w.yaml'], {
      'w.yaml': policy(),
    });
    expect(none).toMatchObject({ err: 'error: expected notifiers in the policy file, found none\n', code: EXIT.usage });
  });
});

describe('check', () => {
  it('says who is told, and warns of who is not', async () => {
    const { out } = await runCommand(checkCommand, ['w.yaml'], { 'w.yaml': file() }, { HOOK: 'hunter4hunter4' });
    expect(out).toContain('Told: chat (slack), teams (teams), hook (webhook). `notify test` tries them.\n');
    expect(out).toContain('WARNING: no `notify` leads to teams, hook: nothing is told there.\n');
    expect(out).not.toMatch(/hunter/);
  });

  it('says so to programs', async () => {
    const { out } = await runCommand(
      checkCommand,
      ['w.yaml', '--json'],
      { 'w.yaml': file() },
      { HOOK: 'hunter4hunter4' },
    );
    expect(JSON.parse(out)).toMatchObject({
      notifiers: [{ name: 'chat', kind: 'slack' }, {}, {}],
      unusedNotifiers: ['teams', 'hook'],
    });
  });
});

describe('iam-policy', () => {
  it('grants exactly the topics and buses that are told, to who tells them', async () => {
    const role = { arn: 'arn:aws:iam::444455556666:role/tell' };
    const notifiers = {
      topic: { kind: 'sns', topicArn: 'arn:aws:sns:eu-west-1:111122223333:oncall' },
      other: { kind: 'sns', topicArn: 'arn:aws:sns:us-east-1:444455556666:oncall', role },
      bus: { kind: 'eventbridge', busArn: 'arn:aws:events:eu-west-1:111122223333:event-bus/default' },
    };
    const text = policy({}, { notifiers, notify: [{ to: 'topic' }] });
    const { out } = await runCommand(iamPolicyCommand, ['--config', 'w.yaml', '--json'], { 'w.yaml': text });
    const { grants }: { grants: { role?: string; document: { Statement: object[] } }[] } = JSON.parse(out);
    const own = grants.find(
      ({ role: whose, document }) => whose === undefined && JSON.stringify(document).includes('sns:'),
    );
    expect(own?.document.Statement).toEqual(
      expect.arrayContaining([
        { Sid: 'TellTopics', Effect: 'Allow', Action: ['sns:Publish'], Resource: [notifiers.topic.topicArn] },
        { Sid: 'TellBuses', Effect: 'Allow', Action: ['events:PutEvents'], Resource: [notifiers.bus.busArn] },
      ]),
    );
    expect(grants.find(({ role: whose }) => whose === role.arn)?.document.Statement).toEqual([
      { Sid: 'TellTopics', Effect: 'Allow', Action: ['sns:Publish'], Resource: [notifiers.other.topicArn] },
    ]);
    expect(out).toContain('"sts:AssumeRole"');
  });
});

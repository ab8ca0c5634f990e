/** Email against a real SMTP server: TLS in both ways, what it does not accept, logging in, threads, and both forms of a letter. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { opened } from '../contract/notifier-subjects.ts';
import { describeWith, output } from '../real/support/parts.ts';
import { type MailServer, mailServer } from '../support/mail.ts';
import { noticeOf } from '../support/notices.ts';

const never = new AbortController().signal;
const FROM = { from: 'Watchdog <watchdog@example.org>', to: ['oncall@example.org', 'Second <second@example.org>'] };

let server: MailServer;
afterEach(() => server[Symbol.asyncDispose]());

const mailer = (options: object) =>
  opened('email', { host: '127.0.0.1', port: server.port, ...FROM, ...options }).notifier;

describe('a letter', () => {
  it('has both forms, harmless, and goes to every receiver', async () => {
    server = await mailServer({ hideSTARTTLS: true });
    await mailer({ tls: 'none', subjectPrefix: '[watchdog] ' }).send(
      noticeOf({ because: ['a < b & "c" <script>x</script>'] }),
      never,
    );
    const [letter] = server.letters;
    expect(letter?.to).toEqual(['oncall@example.org', 'second@example.org']);
    expect(letter?.headers.subject).toBe(
      '[watchdog] [warning] checkout/prod/12 rolled back in 20s, at most 40 % of the clients had it',
    );
    expect(letter?.text).toContain('- a < b & "c" <script>x</script>');
    expect(letter?.html).toContain('<li>a &lt; b &amp; &quot;c&quot; &lt;script&gt;x&lt;/script&gt;</li>');
    expect(letter?.html).toContain(
      'href="https://eu-west-1.console.aws.amazon.com/systems-manager/appconfig/?a=1&amp;b=2"',
    );
    expect(letter?.headers['auto-submitted']).toBe('auto-generated');
  });

  it('of one deployment answers the same letter as all others of it; one that is sent twice is one', async () => {
    server = await mailServer({ hideSTARTTLS: true });
    const notice = noticeOf();
    const others = [notice, noticeOf({ severity: 'critical' }), noticeOf({ thread: 'circuit' })];
    // A life of the daemon each.
    for (const one of [notice, ...others]) await mailer({ tls: 'none' }).send(one, never);
    const { letters } = server;
    const of = (name: string) => letters.map(({ headers }) => headers[name]);
    expect(new Set(of('references').slice(0, 3)).size).toBe(1);
    expect(of('references')[3]).not.toBe(of('references')[0]);
    expect(of('in-reply-to')).toEqual(of('references'));
    expect(of('message-id')[0]).toBe(of('message-id')[1]);
    expect(new Set(of('message-id')).size).toBe(3);
    expect(of('message-id')[0]).toMatch(/^<[0-9a-f]{40}\.notice@example\.org>$/);
    expect(of('x-priority')[2]).toMatch(/^1/);
  });
});

describeWith('openssl', output('openssl', ['version']) !== undefined)('a connection', () => {
  const folder = mkdtempSync(join(tmpdir(), 'watchdog-mail-'));
  let ca = '';
  let key = '';
  beforeAll(() => {
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync('openssl', [...args, ...name, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' });
    ca = readFileSync(certFile, 'utf8');
    key = readFileSync(keyFile, 'utf8');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['starttls', 'implicit'] as const)('by %s sends to who it trusts, and logs in', async (tls) => {
    const users: (string | undefined)[] = [];
    server = await mailServer({
      secure: tls === 'implicit',
      ...{ key, cert: ca, authOptional: false },
      onAuth: ({ username, password }, _, done) => {
        users.push(username);
        return password === 'right' ? done(null, { user: username }) : done(new Error('no'));
      },
    });
    await mailer({ tls, ca, auth: { user: 'watchdog', password: 'right' } }).send(noticeOf(), never);
    expect(server.letters).toHaveLength(1);
    expect(users).toEqual(['watchdog']);
    const wrong = mailer({ tls, ca, auth: { user: 'watchdog', password: 'wrong-password' } }).send(noticeOf(), never);
    await expect(wrong).rejects.toMatchObject({ failure: { reason: 'auth', retryable: false } });
    const stranger = mailer({ tls }).send(noticeOf(), never);
    await expect(stranger).rejects.toMatchObject({
      failure: { retryable: false, message: expect.stringContaining('certificate') },
    });
    expect(server.letters).toHaveLength(1);
  });

  it('that does not become one of TLS is not used', async () => {
    server = await mailServer({ hideSTARTTLS: true });
    const plain = mailer({ tls: 'starttls', ca, auth: { user: 'watchdog', password: 'right' } }).send(
      noticeOf(),
      never,
    );
    await expect(plain).rejects.toMatchObject({ failure: { retryable: false } });
    expect(server.letters).toEqual([]);
  });

  it('to nobody may be tried again', async () => {
    server = await mailServer({ hideSTARTTLS: true });
    const gone = mailer({ tls: 'none', port: 1 }).send(noticeOf(), never);
    await expect(gone).rejects.toMatchObject({ failure: { reason: 'network', retryable: true } });
  });
});

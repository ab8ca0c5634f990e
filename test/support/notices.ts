/** Notices for tests: a usual one, one that opens and one that closes an incident, and one that means harm. */
import type { Notice } from '../../src/core/notice.ts';
import { deploymentAt } from './deployment.ts';

const AT = Date.UTC(2026, 10, 22, 12, 5);
const { ref, account, application, environment, profile, version } = deploymentAt(AT);
const known = account === undefined ? {} : { account };

const NOTICE: Notice = {
  id: 'deployment/main/app1234/env1234/12/rolled-back/2026-11-22T12:05:00.000Z',
  at: AT,
  kind: 'rolled-back',
  severity: 'warning',
  title: 'checkout/prod/12 rolled back in 20s, at most 40 % of the clients had it',
  because: ['error-rate: 100 * errors / requests above 1: 4.08 at 12:04:00 (errors 244.8, requests 6000)'],
  facts: [
    { name: 'Took', value: '20s, 1 StopDeployment call' },
    { name: 'Configuration', value: 'flags version 7' },
  ],
  links: [{ text: 'AWS console', url: 'https://eu-west-1.console.aws.amazon.com/systems-manager/appconfig/?a=1&b=2' }],
  thread: 'deployment/main/app1234/env1234/12',
  subject: { ref, ...known, application, environment, profile, version, state: 'ROLLED_BACK', percentage: 0, peak: 40 },
  policies: ['checkout-prod'],
};

let made = 0;

/** Each is a happening of its own. */
export function noticeOf(change: Partial<Notice> = {}): Notice {
  made++;
  return { ...NOTICE, id: `${NOTICE.id}/${made}`, ...change };
}

export const opening = (key = NOTICE.thread): Notice =>
  noticeOf({
    kind: 'stop-failed',
    severity: 'critical',
    title: 'checkout/prod/12 could NOT be stopped: stop it by hand',
    incident: { action: 'open', key },
  });

export const closing = (key = NOTICE.thread): Notice =>
  noticeOf({
    kind: 'recovered',
    severity: 'info',
    title: 'checkout/prod/12 was undone: the service has recovered',
    incident: { action: 'close', key },
  });

/** What names, descriptions and answers of others may bring. */
const HOSTILE =
  '<!channel> <https://evil.example|click> **bold** [link](https://evil.example) & "quoted" \'single\' <script>alert(1)</script> \u001b[31mred\u001b[0m \u202Etxt.exe\u202C \r\nBcc: victim@example.org\r\n\r\n.\r\nQUIT \u0000 Ünïcödé 日本語 🚀 \ud800';

/** And megabytes of it. */
export function hostileNotice(change: Partial<Notice> = {}): Notice {
  const long = `${HOSTILE} ${'漢🚀<&>'.repeat(200_000)}`;
  return noticeOf({
    title: long,
    because: Array.from({ length: 500 }, () => HOSTILE).concat(long),
    facts: Array.from({ length: 200 }, () => ({ name: HOSTILE, value: long.slice(0, 10_000) })),
    links: [
      { text: HOSTILE, url: 'javascript:alert(1)' },
      { text: HOSTILE, url: `https://example.org/${'x'.repeat(5_000)}` },
      ...Array.from({ length: 50 }, () => ({ text: HOSTILE, url: 'https://example.org/a?b=<c>|d&e="f"' })),
    ],
    thread: `deployment/${HOSTILE}${'t'.repeat(2_000)}`,
    subject: {
      ...{ ref, version: HOSTILE, state: HOSTILE, percentage: 40, peak: 40 },
      application: { id: 'app1234', name: HOSTILE },
      environment: { id: 'env1234', name: HOSTILE },
      profile: { id: 'pro1234', name: HOSTILE },
    },
    ...change,
  });
}

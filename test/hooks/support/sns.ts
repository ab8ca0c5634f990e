/** A signer of the test's own in the place of SNS: a key, a certificate by openssl, envelopes signed with it. */
import { execFileSync } from 'node:child_process';
import { createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NOW, TOPIC } from './open.ts';

export const CERTIFICATE_URL = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b2c3d.pem';

export interface Signer {
  readonly pem: string;
  sign(text: string, version: '1' | '2'): string;
}

/** `days` may be negative: a certificate that is over. */
export function signer(notAfter = '20360101000000Z'): Signer {
  const folder = mkdtempSync(join(tmpdir(), 'appconfig-watchdog-sns-'));
  try {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = join(folder, 'key.pem');
    writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const times = ['-not_before', '20250101000000Z', '-not_after', notAfter];
    const subject = ['-subj', '/CN=sns.amazonaws.com'];
    const request = join(folder, 'request.pem');
    const certificate = join(folder, 'certificate.pem');
    execFileSync('openssl', ['req', '-new', '-key', key, '-out', request, ...subject], { stdio: 'pipe' });
    selfSigned(folder, key, request, certificate, times);
    const pem = readFileSync(certificate, 'utf8');
    return {
      pem,
      sign: (text, version) =>
        createSign(version === '1' ? 'RSA-SHA1' : 'RSA-SHA256')
          .update(text)
          .sign(privateKey, 'base64'),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** By `openssl ca`, the one command of openssl 3.0 that takes both dates. */
function selfSigned(folder: string, key: string, request: string, certificate: string, times: string[]): void {
  const dates = [times[1] ?? '', times[3] ?? ''];
  writeFileSync(join(folder, 'index.txt'), '');
  writeFileSync(join(folder, 'serial'), '01\n');
  writeFileSync(
    join(folder, 'ca.cnf'),
    ['[ca]', 'default_ca=own', '[own]', `dir=${folder}`, 'database=$dir/index.txt', 'serial=$dir/serial']
      .concat(['new_certs_dir=$dir', 'default_md=sha256', 'policy=any', '[any]', 'commonName=supplied', ''])
      .join('\n'),
  );
  const [start = '', end = ''] = dates;
  const args = ['ca', '-batch', '-selfsign', '-config', join(folder, 'ca.cnf'), '-keyfile', key, '-in', request];
  execFileSync('openssl', [...args, '-out', certificate, '-notext', '-startdate', start, '-enddate', end], {
    stdio: 'pipe',
  });
}

export type Envelope = Record<string, string>;

/** What SNS documents to be signed, written down here a second time on purpose. */
function documented(envelope: Envelope): string {
  const fields =
    envelope.Type === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  return fields.flatMap((name) => (envelope[name] === undefined ? [] : [`${name}\n${envelope[name]}\n`])).join('');
}

export function signed(by: Signer, envelope: Envelope, version: '1' | '2' = '1'): Envelope {
  return {
    ...envelope,
    SignatureVersion: version,
    Signature: by.sign(documented(envelope), version),
    SigningCertURL: envelope.SigningCertURL ?? CERTIFICATE_URL,
  };
}

export function notification(message: string, more: Envelope = {}): Envelope {
  return {
    Type: 'Notification',
    MessageId: randomUUID(),
    TopicArn: TOPIC,
    Subject: 'ALARM: "checkout-latency-high" in EU (Ireland)',
    Message: message,
    Timestamp: new Date(NOW - 1_000).toISOString(),
    UnsubscribeURL: 'https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe',
    ...more,
  };
}

export function confirmation(more: Envelope = {}): Envelope {
  const query = `Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=2336412f37`;
  return {
    Type: 'SubscriptionConfirmation',
    MessageId: randomUUID(),
    Token: '2336412f37',
    TopicArn: TOPIC,
    Message: 'You have chosen to subscribe to the topic.',
    SubscribeURL: `https://sns.eu-west-1.amazonaws.com/?${query}`,
    Timestamp: new Date(NOW - 1_000).toISOString(),
    ...more,
  };
}

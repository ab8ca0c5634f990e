/** The only addresses a message may lead this program to: SNS's own. */
import { notAuthentic, rejected } from '../reading/refusal.ts';

const HOST = /^sns\.[a-z]{2,}(?:-[a-z]+)+-\d{1,2}\.amazonaws\.com(?:\.cn)?$/;
const CERTIFICATE = /^\/[A-Za-z0-9_-]{1,200}\.pem$/;
const LONGEST = 4_000;

/** https at a host of SNS, with nothing in it that could lead elsewhere; undefined for any other. */
function snsUrl(text: string): URL | undefined {
  if (text.length > LONGEST || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  // Written as it is read: no two readings of one text can differ.
  const plain = url.href === text && url.username === '' && url.password === '' && url.port === '' && url.hash === '';
  return plain && url.protocol === 'https:' && HOST.test(url.hostname) ? url : undefined;
}

/** Where the certificate of a signature is. Throws FailureError `auth` for anything but a certificate of SNS. */
export function certificateUrl(text: string): URL {
  const url = snsUrl(text);
  if (url === undefined || url.search !== '' || !CERTIFICATE.test(url.pathname)) {
    throw notAuthentic('SigningCertURL is no address of a certificate of SNS');
  }
  return url;
}

/** Where a subscription is confirmed. Throws FailureError `rejected` for anything but that, of this topic. */
export function confirmationUrl(text: string, topic: string): URL {
  const url = snsUrl(text);
  const wanted =
    url?.pathname === '/' &&
    url.searchParams.get('Action') === 'ConfirmSubscription' &&
    url.searchParams.get('TopicArn') === topic &&
    [...url.searchParams.keys()].length === new Set(url.searchParams.keys()).size;
  if (url === undefined || !wanted) throw rejected('SubscribeURL is no address of SNS that confirms this topic');
  return url;
}

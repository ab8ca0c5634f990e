/** What an error of nodemailer means. */
import { type Failure, FailureError, type FailureReason } from '../../core/failure.ts';
import { type Secret, withoutSecrets } from '../../lib/secret.ts';
import { plainText } from '../../lib/text.ts';

const TIMEOUT = new Set(['ETIMEDOUT', 'ETIMEOUT']);
const NETWORK = new Set([
  'ECONNECTION',
  'ESOCKET',
  'EDNS',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

function read(error: unknown): { code: string; status: number | undefined; said: string } {
  if (!(error instanceof Error)) return { code: typeof error, status: undefined, said: '' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const status = 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : undefined;
  const said = 'response' in error && typeof error.response === 'string' ? error.response : '';
  return { code, status, said };
}

function reasonOf(code: string, status: number | undefined): FailureReason {
  // 4xx is for now, 5xx for good; whatever the step it was said at.
  if (status !== undefined && status >= 400 && status < 500) return 'unavailable';
  if (code === 'EAUTH' || code === 'ENOAUTH' || code === 'EOAUTH2') return 'auth';
  if (status !== undefined) return 'rejected';
  if (TIMEOUT.has(code)) return 'timeout';
  if (NETWORK.has(code)) return 'network';
  // A certificate that does not hold, or a server without STARTTLS: no other try mends that.
  return 'rejected';
}

const RETRYABLE: ReadonlySet<FailureReason> = new Set(['unavailable', 'timeout', 'network']);
const CERTIFICATE = /certificate|self.signed|altname|CERT_|wrong version number/i;

/** The server's answer, never more of the error than that: its messages may hold what was sent. */
export function mailFailure(error: unknown, what: string, secrets: readonly Secret[]): FailureError {
  const { code, status, said } = read(error);
  const untrusted = error instanceof Error && CERTIFICATE.test(`${error.message} ${code}`);
  const reason = untrusted ? 'rejected' : reasonOf(code, status);
  const answer = said === '' ? '' : `: ${plainText(withoutSecrets(said.slice(0, 5_000), secrets), 200)}`;
  const why = untrusted ? `${what}: its certificate does not hold` : `${what} did not take the message${answer}`;
  const known: Failure = { reason, retryable: RETRYABLE.has(reason), message: why, code: plainText(code, 40) };
  return new FailureError(status === undefined ? known : { ...known, status });
}

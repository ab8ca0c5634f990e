/** Errors that any of the services may answer, each told in the protocol the request was made in. */
import XMLBuilder from 'fast-xml-builder';
import { type Instant, iso } from '../core/time.ts';
import { errorAnswer } from './appconfig/index.ts';
import type { ServiceName } from './faults.ts';
import type { WireAnswer } from './wire.ts';

type Protocol = 'rest-json' | 'json-1.0' | 'query';

const xml = new XMLBuilder({ ignoreAttributes: false });

/** A document of the query protocol. */
export function xmlAnswer(status: number, document: object): WireAnswer {
  return { status, headers: { 'content-type': 'text/xml' }, body: `<?xml version="1.0"?>${xml.build(document)}` };
}

/** Clients of the query protocol read the request's id from the document. */
function xmlError(status: number, error: object): WireAnswer {
  const requestId = crypto.randomUUID();
  const answer = xmlAnswer(status, { ErrorResponse: { Error: error, RequestId: requestId } });
  return { ...answer, headers: { ...answer.headers, 'x-amzn-requestid': requestId } };
}

function protocolOf(service: ServiceName, headers: Readonly<Record<string, string>>): Protocol {
  if (service === 'appconfig') return 'rest-json';
  return headers['x-amz-target'] === undefined ? 'query' : 'json-1.0';
}

export interface WireError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** `error` the way a client of the protocol reads it. */
export function errorOf(protocol: Protocol, error: WireError): WireAnswer {
  const { status, code, message } = error;
  const type = status >= 500 ? 'Receiver' : 'Sender';
  switch (protocol) {
    case 'rest-json':
      return errorAnswer(status, code, message);
    case 'json-1.0':
      return {
        status,
        headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-query-error': `${code};${type}` },
        body: JSON.stringify({ __type: `com.amazon.coral.service#${code}`, message }),
      };
    case 'query':
      return xmlError(status, { Type: type, Code: code, Message: message });
  }
}

/** The older query protocol names some errors differently. */
const IN_QUERY: Readonly<Record<string, Partial<WireError>>> = {
  ThrottlingException: { status: 400, code: 'Throttling' },
  ExpiredTokenException: { code: 'ExpiredToken' },
  MissingAuthenticationTokenException: { code: 'MissingAuthenticationToken' },
  InternalServerException: { code: 'InternalFailure' },
  InvalidSignatureException: { code: 'SignatureDoesNotMatch' },
};

/** An error every service has, under the name and status it has in the service and protocol of the request. */
export function commonError(
  service: ServiceName,
  headers: Readonly<Record<string, string>>,
  error: WireError,
): WireAnswer {
  const protocol = protocolOf(service, headers);
  if (protocol === 'query') return errorOf(protocol, { ...error, ...IN_QUERY[error.code] });
  const code =
    error.code === 'InternalServerException' && service === 'cloudwatch' ? 'InternalServiceFault' : error.code;
  return errorOf(protocol, { ...error, code });
}

/** What a load balancer answers when nothing stands behind it. */
export const UNAVAILABLE_HTML: WireAnswer = {
  status: 503,
  headers: { 'content-type': 'text/html' },
  body: '<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n',
};

export const THROTTLED: WireError = { status: 429, code: 'ThrottlingException', message: 'Rate exceeded' };
export const BROKEN: WireError = { status: 500, code: 'InternalServerException', message: 'Internal server error' };
export const EXPIRED: WireError = {
  status: 403,
  code: 'ExpiredTokenException',
  message: 'The security token included in the request is expired',
};
export const UNSIGNED: WireError = {
  status: 403,
  code: 'MissingAuthenticationTokenException',
  message: 'Missing Authentication Token',
};

/** Of a request that was signed at another time than now; the words are AWS's. */
export function skewed(signedAt: Instant, now: Instant): WireError {
  const basic = (at: Instant) => iso(at).replace(/[-:]|\.\d+/g, '');
  const early = signedAt < now;
  const message = early
    ? `Signature expired: ${basic(signedAt)} is now earlier than ${basic(now - MOST_SKEW)} (${basic(now)} - 5 min.)`
    : `Signature not yet current: ${basic(signedAt)} is still later than ${basic(now + MOST_SKEW)} (${basic(now)} + 5 min.)`;
  return { status: 403, code: 'InvalidSignatureException', message };
}

/** AWS takes a signature that is so much older or younger than its own time. */
export const MOST_SKEW = 5 * 60_000;

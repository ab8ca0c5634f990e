/** The query protocol's answers: XML in CloudWatch's namespace. */
import XMLBuilder from 'fast-xml-builder';
import type { WireAnswer } from '../../wire.ts';
import type { Rejection } from '../rejection.ts';
import type { Output, OutputStructure } from './output.ts';

const NAMESPACE = 'http://monitoring.amazonaws.com/doc/2010-08-01/';
const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@' });

/** `hasResult` says whether the operation's model wraps a result, be it an empty one. */
export function writeXml(
  requestId: string,
  operation: string,
  output: OutputStructure,
  hasResult: boolean,
): WireAnswer {
  const result = hasResult ? { [`${operation}Result`]: elementOf(output) } : {};
  const content = { '@xmlns': NAMESPACE, ...result, ResponseMetadata: { RequestId: requestId } };
  return answer(200, requestId, { [`${operation}Response`]: content });
}

export function writeXmlError(requestId: string, { rejected, message }: Rejection): WireAnswer {
  const error = { Type: rejected.status >= 500 ? 'Receiver' : 'Sender', Code: rejected.code, Message: text(message) };
  return answer(rejected.status, requestId, {
    ErrorResponse: { '@xmlns': NAMESPACE, Error: error, RequestId: requestId },
  });
}

function answer(status: number, requestId: string, document: object): WireAnswer {
  const headers = { 'content-type': 'text/xml', 'x-amzn-requestid': requestId };
  return { status, headers, body: builder.build(document) };
}

function elementOf(output: Output): unknown {
  if (output instanceof Date) return output.toISOString();
  if (Array.isArray(output)) return output.length === 0 ? '' : { member: output.map(elementOf) };
  if (typeof output === 'string') return text(output);
  if (typeof output !== 'object') return String(output);
  const members = Object.entries(output).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, elementOf(value)]],
  );
  return members.length === 0 ? '' : Object.fromEntries(members);
}

/** XML 1.0 has no way to write most control characters, lone surrogates and U+FFFE/U+FFFF: they are shown as U+FFFD. */
function text(value: string): string {
  return value.toWellFormed().replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
}

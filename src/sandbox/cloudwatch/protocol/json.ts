/** AWS JSON 1.0: times as epoch seconds, errors with `__type` and the code of the query protocol in a header. */

import type { WireAnswer, WireRequest } from '../../wire.ts';
import { type Rejection, serialization } from '../rejection.ts';
import type { Output, OutputStructure } from './output.ts';

const TARGET = /^GraniteServiceVersion20100801\.([A-Za-z]+)$/;

export function jsonOperationOf(request: WireRequest): string | undefined {
  return TARGET.exec(request.headers['x-amz-target'] ?? '')?.[1];
}

export function readJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw serialization('The request body is not valid JSON.');
  }
}

export function writeJson(requestId: string, output: OutputStructure): WireAnswer {
  return { status: 200, headers: headersOf(requestId), body: JSON.stringify(wireOf(output)) };
}

export function writeJsonError(requestId: string, { rejected, message }: Rejection): WireAnswer {
  const fault = rejected.status >= 500 ? 'Receiver' : 'Sender';
  return {
    status: rejected.status,
    headers: { ...headersOf(requestId), 'x-amzn-query-error': `${rejected.code};${fault}` },
    body: JSON.stringify({ __type: `com.amazonaws.cloudwatch#${rejected.name}`, message }),
  };
}

function headersOf(requestId: string) {
  return { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': requestId };
}

function wireOf(output: Output | undefined): unknown {
  if (output instanceof Date) return output.getTime() / 1_000;
  if (Array.isArray(output)) return output.map(wireOf);
  if (typeof output !== 'object') return output;
  return Object.fromEntries(Object.entries(output).map(([member, value]) => [member, wireOf(value)]));
}

/** One request to CloudWatch, answered in the protocol it came in. */
import { randomUUID } from 'node:crypto';
import type { FaultRule } from '../faults.ts';
import type { WireAnswer, WireRequest } from '../wire.ts';
import type { Operation, Protocol, Room } from './operation.ts';
import { OPERATIONS } from './operations.ts';
import { formActionOf, readForm } from './protocol/form.ts';
import { jsonOperationOf, readJson, writeJson, writeJsonError } from './protocol/json.ts';
import { writeXml, writeXmlError } from './protocol/xml.ts';
import { Rejection, unknownOperation } from './rejection.ts';

/** CBOR names its operation in the path and its protocol in a header. */
const isCbor = ({ headers }: WireRequest) =>
  headers['smithy-protocol'] === 'rpc-v2-cbor' || (headers['content-type'] ?? '').startsWith('application/cbor');

function protocolOf({ headers }: WireRequest): Protocol {
  return (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded') ? 'form' : 'json';
}

/** The operation's name, known or not; undefined when the request names none. */
export function operationOf(request: WireRequest): string | undefined {
  if (isCbor(request)) return /\/operation\/(\w+)$/.exec(request.path)?.[1];
  if (protocolOf(request) === 'json') return jsonOperationOf(request);
  return formActionOf(request.body);
}

export function handle(room: Room, request: WireRequest, effects: readonly FaultRule[]): WireAnswer {
  const requestId = randomUUID();
  const protocol = protocolOf(request);
  const name = operationOf(request);
  try {
    const operation = operationNamed(request, name);
    const { body } = request;
    const output = operation.run(room, protocol, protocol === 'json' ? readJson(body) : readForm(body), effects);
    if (protocol === 'json') return writeJson(requestId, output);
    return writeXml(requestId, name ?? '', output, operation.hasResult);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return protocol === 'json' ? writeJsonError(requestId, error) : writeXmlError(requestId, error);
  }
}

function operationNamed(request: WireRequest, name: string | undefined): Operation {
  if (isCbor(request)) {
    throw unknownOperation(
      'This CloudWatch does not speak smithy-rpc-v2-cbor: use AWS JSON 1.0 (the default of current SDKs) or the query protocol.',
    );
  }
  const operation = name !== undefined && Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  if (operation !== undefined) return operation;
  const known = Object.keys(OPERATIONS).join(', ');
  throw unknownOperation(`The operation ${name ?? '(none)'} is not one this CloudWatch knows: ${known}.`);
}

/** The sandbox's own controls under /_sandbox/: its clock, its faults, the requests it has seen. */
import { z } from 'zod';
import { type Faults, faultRule } from './faults.ts';
import type { WireAnswer } from './wire.ts';

/** Three numbers that make an accelerated clock, and what it shows now. */
export interface ClockReading {
  readonly origin: number;
  readonly realOrigin: number;
  readonly speed: number;
  readonly now: number;
}

export interface ControlOptions {
  readonly faults: Faults;
  readonly readClock: () => ClockReading;
  readonly requests: () => readonly object[];
}

export type Control = (method: string, path: string, body: Buffer) => WireAnswer;

function json(status: number, value: object): WireAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}

const rules = z.array(faultRule).min(1);

function addFaults(faults: Faults, body: Buffer): WireAnswer {
  let posted: unknown;
  try {
    posted = JSON.parse(body.toString());
  } catch (error) {
    return json(400, { error: `the body is not JSON: ${error instanceof Error ? error.message : String(error)}` });
  }
  const result = rules.safeParse(Array.isArray(posted) ? posted : [posted]);
  if (!result.success) return json(400, { error: z.prettifyError(result.error), issues: result.error.issues });
  return json(201, { ids: result.data.map((rule) => faults.add(rule)) });
}

export function createControl({ faults, readClock, requests }: ControlOptions): Control {
  const removeFault = (id: string) =>
    faults.remove(id) ? json(200, { removed: [id] }) : json(404, { error: `there is no fault ${id}` });
  return (method, path, body) => {
    const fault = /^\/_sandbox\/faults\/([^/]+)$/.exec(path)?.[1];
    if (method === 'DELETE' && fault !== undefined) return removeFault(fault);
    switch (`${method} ${path}`) {
      case 'GET /_sandbox/clock':
        return json(200, readClock());
      case 'GET /_sandbox/requests':
        return json(200, { requests: requests() });
      case 'GET /_sandbox/faults':
        return json(200, { faults: faults.list() });
      case 'POST /_sandbox/faults':
        return addFaults(faults, body);
      case 'DELETE /_sandbox/faults': {
        const removed = faults.list().map(({ id }) => id);
        faults.clear();
        return json(200, { removed });
      }
      default:
        return json(404, {
          error: `no ${method} ${path}; there are GET clock, GET requests, GET, POST and DELETE faults, DELETE faults/{id} under /_sandbox/`,
        });
    }
  };
}

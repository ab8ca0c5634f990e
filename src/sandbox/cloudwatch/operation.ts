/** What an operation is: the shape of its input in either protocol, and what it does. */
import type { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import type { FaultRule, Faults } from '../faults.ts';
import type { Alarms } from './alarms/alarms.ts';
import type { Store } from './metrics/store.ts';
import type { OutputStructure } from './protocol/output.ts';
import { formScalars, jsonScalars } from './protocol/scalars.ts';
import { type Shapes, shapes } from './protocol/shapes.ts';
import { type Rejection, validationError } from './rejection.ts';

/** Everything the operations of one account and region share. */
export interface Room {
  readonly clock: Clock;
  readonly account: string;
  readonly region: string;
  readonly faults: Faults;
  readonly store: Store;
  readonly alarms: Alarms;
  /** Another account's metrics, where this account may read them. */
  readonly storeOf: (account: string) => Store | undefined;
}

/** Reads the input of one protocol and answers; throws a Rejection. */
export interface Operation {
  /** Whether the model has an output, be it empty. */
  readonly hasResult: boolean;
  run(room: Room, protocol: Protocol, input: unknown, effects: readonly FaultRule[]): OutputStructure;
}

export type Protocol = 'json' | 'form';

const SHAPES = { json: shapes(jsonScalars), form: shapes(formScalars) };

/** How an operation says that a parameter is missing or wrong; the model of each names the errors it has for that. */
export interface Refusals {
  missing(message: string): Rejection;
  invalid(message: string): Rejection;
}

const VALIDATION: Refusals = { missing: validationError, invalid: validationError };

/** An operation out of its input's shape and what it does with one. */
export function operation<Input>(
  shape: (shapes: Shapes) => z.ZodType<Input>,
  act: (room: Room, input: Input, effects: readonly FaultRule[]) => OutputStructure,
  hasResult = true,
  refuse: Refusals = VALIDATION,
): Operation {
  const schemas = { json: shape(SHAPES.json), form: shape(SHAPES.form) };
  return {
    hasResult,
    run(room, protocol, input, effects) {
      const parsed = schemas[protocol].safeParse(input);
      if (parsed.success) return act(room, parsed.data, effects);
      throw refusal(parsed.error, refuse);
    },
  };
}

function refusal(error: z.core.$ZodError, refuse: Refusals): Rejection {
  const [issue] = error.issues;
  const name = (issue?.path ?? [])
    .map((step) => (typeof step === 'number' ? `member.${step + 1}` : String(step)))
    .join('.');
  const missing = issue?.code === 'invalid_type' && /undefined/.test(issue.message);
  if (missing) return refuse.missing(`The parameter ${name} is required.`);
  return refuse.invalid(`The value for parameter ${name} is invalid: ${issue?.message ?? 'it cannot be read'}.`);
}

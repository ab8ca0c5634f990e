/** Answers as AWS may give them one day: members, states and events that nobody knows yet. Old clients must live with them. */
import { z } from 'zod';
import type { FaultKind } from './faults.ts';
import type { WireAnswer } from './wire.ts';

type Shape = Readonly<Record<string, unknown>>;
type Change = (shape: Shape) => Shape;

const shapeSchema = z.record(z.string(), z.unknown());

const withFields: Change = (shape) => ({ ...shape, MemberOfTomorrow: { Kind: 'NEW', Parts: [1, null, 'a'] } });

/** What goes on or is over; what is being undone keeps its name, as it would for the sake of old clients. */
const withState: Change = (shape) =>
  shape.State === 'DEPLOYING' || shape.State === 'BAKING' ? { ...shape, State: 'STATE_OF_TOMORROW' } : shape;

/** Newest first, as AWS answers. */
const withEvent: Change = (shape) => {
  const { EventLog: log } = shape;
  if (!Array.isArray(log)) return shape;
  const occurred = shapeSchema.safeParse(log[0]).data?.OccurredAt;
  const event = { EventType: 'EVENT_OF_TOMORROW', TriggeredBy: 'SOMEONE', Description: '', OccurredAt: occurred };
  return { ...shape, EventLog: [event, ...log] };
};

const CHANGES: Readonly<Partial<Record<FaultKind, Change>>> = {
  'unknown-fields': withFields,
  'unknown-states': withState,
  'unknown-events': withEvent,
};

/** The change made to every object of a JSON value, from the inside out. */
function everywhere(value: unknown, change: Change): unknown {
  if (Array.isArray(value)) return value.map((item) => everywhere(item, change));
  const shape = shapeSchema.safeParse(value);
  if (!shape.success) return value;
  const inner = Object.entries(shape.data).map(([key, member]) => [key, everywhere(member, change)]);
  return change(Object.fromEntries(inner));
}

/** The answer of a service that speaks JSON, changed by the kinds that act on it; all others as they are. */
export function ofTomorrow(answer: WireAnswer, kinds: readonly FaultKind[]): WireAnswer {
  const changes = kinds.flatMap((kind) => CHANGES[kind] ?? []);
  if (changes.length === 0 || answer.status >= 300 || !answer.body.startsWith('{')) return answer;
  const parsed: unknown = JSON.parse(answer.body);
  return { ...answer, body: JSON.stringify(changes.reduce(everywhere, parsed)) };
}

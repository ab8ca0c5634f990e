/** What putting a metric alarm and putting a composite alarm have in common. */
import { z } from 'zod';
import type { Room } from '../operation.ts';
import type { Shapes } from '../protocol/shapes.ts';
import { validationError } from '../rejection.ts';
import type { CompositeAlarm, MetricAlarm } from './alarm.ts';
import { INITIAL_REASON } from './reasons.ts';

/** The members both inputs have. */
export function alarmMembers({ text, list, boolean, tags }: Shapes) {
  const actions = list(text(1_024))
    .refine((all) => all.length <= 5, 'at most 5 actions')
    .optional();
  return {
    AlarmName: text(255),
    AlarmDescription: z.string().max(1_024).optional(),
    ActionsEnabled: boolean.optional(),
    OKActions: actions,
    AlarmActions: actions,
    InsufficientDataActions: actions,
    Tags: tags.optional(),
  };
}

interface CommonInput {
  readonly AlarmName: string;
  readonly ActionsEnabled?: boolean | undefined;
  readonly OKActions?: readonly string[] | undefined;
  readonly AlarmActions?: readonly string[] | undefined;
  readonly InsufficientDataActions?: readonly string[] | undefined;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[] | undefined;
}

type Kind = Pick<MetricAlarm, 'kind' | 'test' | 'shown'> | Pick<CompositeAlarm, 'kind' | 'rule' | 'shown'>;

/** Puts an alarm whose own parts are checked; tags count for a new alarm only, as on CloudWatch. */
export function putChecked({ alarms, clock }: Room, input: CommonInput, kind: Kind): void {
  const { AlarmName: name, ActionsEnabled: actionsEnabled = true, Tags: tags = [] } = input;
  const existing = alarms.find(name);
  if (existing !== undefined && existing.kind !== kind.kind) {
    throw validationError(`An alarm of another type already has the name ${name}.`);
  }
  const configuredAt = clock.now();
  const { OKActions = [], AlarmActions = [], InsufficientDataActions = [] } = input;
  const shown = { ...kind.shown, OKActions, AlarmActions, InsufficientDataActions };
  const initial = {
    value: 'INSUFFICIENT_DATA' as const,
    reason: INITIAL_REASON,
    reasonData: undefined,
    updatedAt: configuredAt,
    transitionedAt: configuredAt,
  };
  alarms.put({ ...kind, name, actionsEnabled, configuredAt, shown }, initial);
  if (existing === undefined) alarms.tags.set(name, new Map(tags.map(({ Key, Value }) => [Key, Value])));
}

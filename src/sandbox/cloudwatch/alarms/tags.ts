/** TagResource, UntagResource and ListTagsForResource, for alarms. */
import { z } from 'zod';
import { operation, type Room } from '../operation.ts';
import { invalidParameterValue, taggedResourceNotFound } from '../rejection.ts';

const MOST_TAGS = 50;

/** The tags of an alarm, to read and to change. */
function tagsOf({ alarms }: Room, arn: string): Map<string, string> {
  if (!arn.startsWith('arn:')) throw invalidParameterValue(`The value ${arn} for parameter ResourceARN is invalid.`);
  const alarm = alarms.find(arn);
  if (alarm === undefined) throw taggedResourceNotFound(`Unknown resource: ${arn}`);
  const tags = alarms.tags.get(alarm.name) ?? new Map<string, string>();
  alarms.tags.set(alarm.name, tags);
  return tags;
}

export const tagResource = operation(
  ({ text, tags }) => z.object({ ResourceARN: text(1_024), Tags: tags }),
  (room, input) => {
    const tags = tagsOf(room, input.ResourceARN);
    const after = new Set([...tags.keys(), ...input.Tags.map(({ Key }) => Key)]);
    if (after.size > MOST_TAGS) throw invalidParameterValue(`An alarm must not have more than ${MOST_TAGS} tags.`);
    for (const { Key, Value } of input.Tags) tags.set(Key, Value);
    return {};
  },
);

export const untagResource = operation(
  ({ text, list }) => z.object({ ResourceARN: text(1_024), TagKeys: list(text(128)) }),
  (room, input) => {
    const tags = tagsOf(room, input.ResourceARN);
    for (const key of input.TagKeys) tags.delete(key);
    return {};
  },
);

export const listTagsForResource = operation(
  ({ text }) => z.object({ ResourceARN: text(1_024) }),
  (room, input) => ({ Tags: [...tagsOf(room, input.ResourceARN)].map(([Key, Value]) => ({ Key, Value })) }),
);

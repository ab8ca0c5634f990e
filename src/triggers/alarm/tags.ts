/** Which alarms carry the tags of a rule, with as few ListTagsForResource calls as the answer needs. */
import { type CloudWatchClient, ListTagsForResourceCommand } from '@aws-sdk/client-cloudwatch';
import type { AwsCaller } from '../../aws/caller.ts';
import { abortedError } from '../../aws/joint.ts';
import { failureOf } from '../../core/failure.ts';
import type { Duration } from '../../core/time.ts';
import type { Clock } from '../../lib/clock.ts';
import type { AlarmState } from './state.ts';

type Tags = Readonly<Record<string, string>>;

export interface TagReader {
  /**
   * Those of the alarms that carry all tags, with every alarm that is not OK among them. Alarms that are OK change
   * nothing, so they are read one by one only until one is found (a selector that matches nothing must show).
   */
  carrying(alarms: readonly AlarmState[], tags: Tags, signal: AbortSignal): Promise<readonly AlarmState[]>;
}

/** Tags change rarely, and a call is needed for each alarm. */
const KEPT: Duration = 600_000;

export function tagReader(client: CloudWatchClient, caller: AwsCaller, clock: Clock): TagReader {
  const known = new Map<string, { readonly at: Duration; readonly tags: Tags }>();
  const forget = () => {
    const now = clock.elapsed();
    for (const [arn, { at }] of known) if (now - at >= KEPT) known.delete(arn);
  };
  const ask = async (arn: string, signal: AbortSignal): Promise<Tags> => {
    const command = new ListTagsForResourceCommand({ ResourceARN: arn });
    try {
      const send = (abortSignal: AbortSignal) => client.send(command, { abortSignal });
      const { Tags = [] } = await caller.call('ListTagsForResource', send, signal);
      return Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]));
    } catch (error) {
      if (signal.aborted) throw abortedError('ListTagsForResource');
      // Deleted between the two calls: it is no longer there to carry a tag.
      if (failureOf(error).reason === 'not-found') return {};
      throw error;
    }
  };
  const tagsOf = async (arn: string, signal: AbortSignal): Promise<Tags> => {
    const held = known.get(arn);
    if (held !== undefined) return held.tags;
    const at = clock.elapsed();
    const tags = await ask(arn, signal);
    known.set(arn, { at, tags });
    return tags;
  };
  return {
    async carrying(alarms, tags, signal) {
      forget();
      const wanted = Object.entries(tags);
      const carries = async ({ arn }: AlarmState) => {
        const own = await tagsOf(arn, signal);
        return wanted.every(([key, value]) => Object.hasOwn(own, key) && own[key] === value);
      };
      const telling = alarms.filter(({ value }) => value !== 'OK');
      const answers = await Promise.all(telling.map(carries));
      const found = telling.filter((_, index) => answers[index] === true);
      if (found.length > 0) return found;
      for (const alarm of alarms) if (alarm.value === 'OK' && (await carries(alarm))) return [alarm];
      return [];
    },
  };
}

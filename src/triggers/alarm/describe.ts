/** Asks for alarms by name, a hundred a call, and by prefix; checks of one turn of the event loop share their calls. */
import { type CloudWatchClient, DescribeAlarmsCommand, type DescribeAlarmsInput } from '@aws-sdk/client-cloudwatch';
import DataLoader from 'dataloader';
import type { AwsCaller } from '../../aws/caller.ts';
import { awsFailure } from '../../aws/failure.ts';
import { abortedError, everyAborted, type Joint, joint } from '../../aws/joint.ts';
import { FailureError } from '../../core/failure.ts';
import { type AlarmState, statesOf } from './state.ts';

export interface Alarms {
  /** The alarm of a name; undefined when there is none. */
  named(name: string, signal: AbortSignal): Promise<AlarmState | undefined>;
  /** All alarms whose name begins with the prefix; all there are when it is empty. */
  prefixed(prefix: string, signal: AbortSignal): Promise<readonly AlarmState[]>;
}

const MOST_NAMES = 100;
/** 100 alarms a page. */
const MOST_PAGES = 1_000;

interface Wanted {
  readonly name: string;
  readonly signal: AbortSignal;
}

function describer(client: CloudWatchClient, caller: AwsCaller) {
  const page = (input: DescribeAlarmsInput, signal: AbortSignal) =>
    caller.call(
      'DescribeAlarms',
      (abortSignal) => client.send(new DescribeAlarmsCommand(input), { abortSignal }),
      signal,
    );
  return async (selector: DescribeAlarmsInput, signal: AbortSignal): Promise<readonly AlarmState[]> => {
    // Without AlarmTypes only metric alarms would come.
    const input: DescribeAlarmsInput = { ...selector, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], MaxRecords: 100 };
    const found: AlarmState[] = [];
    const tokens = new Set<string>();
    try {
      for (let token: string | undefined; tokens.size < MOST_PAGES; ) {
        const output = await page(token === undefined ? input : { ...input, NextToken: token }, signal);
        for (const state of statesOf(output)) found.push(state);
        token = output.NextToken;
        if (token === undefined || token === '') return found;
        if (tokens.has(token)) break;
        tokens.add(token);
      }
    } catch (error) {
      if (signal.aborted) throw abortedError('DescribeAlarms');
      throw error instanceof FailureError
        ? error
        : new FailureError(awsFailure(error, 'DescribeAlarms'), { cause: error });
    }
    const message = 'DescribeAlarms: the pages do not come to an end';
    throw new FailureError({ reason: 'malformed', retryable: true, message });
  };
}

function chunked<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** Shares work that is under way under the same key. */
function sharing<Out>(start: (key: string, signal: AbortSignal) => Promise<Out>) {
  const underWay = new Map<string, Joint<Out>>();
  return (key: string, signal: AbortSignal): Promise<Out> => {
    const known = underWay.get(key);
    if (known !== undefined) return known.join(signal);
    const work = joint('DescribeAlarms', (own) => start(key, own));
    underWay.set(key, work);
    work.whenOver(() => underWay.delete(key));
    return work.join(signal);
  };
}

export function alarmsOf(client: CloudWatchClient, caller: AwsCaller): Alarms {
  const describe = describer(client, caller);
  const ask = async (part: readonly Wanted[]) => {
    const signal = everyAborted(part.map((wanted) => wanted.signal));
    const states = await describe({ AlarmNames: part.map(({ name }) => name) }, signal);
    return new Map(states.map((state) => [state.name, state]));
  };
  const load = async (wanted: readonly Wanted[]): Promise<(AlarmState | undefined | Error)[]> => {
    const parts = chunked(wanted, MOST_NAMES).map(async (part) => {
      try {
        const states = await ask(part);
        return part.map(({ name }) => states.get(name));
      } catch (error) {
        return part.map(() => (error instanceof Error ? error : new Error(String(error))));
      }
    });
    return (await Promise.all(parts)).flat();
  };
  const loader = new DataLoader(load, { cache: false, batchScheduleFn: (dispatch) => setImmediate(dispatch) });
  return {
    named: sharing((name, signal) => loader.load({ name, signal })),
    prefixed: sharing((prefix, signal) => describe(prefix === '' ? {} : { AlarmNamePrefix: prefix }, signal)),
  };
}

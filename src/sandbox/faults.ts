/** What shall go wrong in the sandbox: rules by service and operation, by count or probability. */
import { z } from 'zod';

const SERVICES = ['appconfig', 'cloudwatch', 'sts'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** Kinds that replace the answer; of those only one can act on a call. */
const REPLACING = [
  'throttling',
  'internal-server-error',
  'unavailable-html',
  'reset',
  'hang',
  'expired-token',
  'lost-answer',
] as const;
const KINDS = [
  ...REPLACING,
  'latency',
  'partial-data',
  'internal-error',
  'forbidden',
  'late-datapoints',
  'revised-datapoints',
  'unknown-fields',
  'unknown-states',
  'unknown-events',
] as const;
export type FaultKind = (typeof KINDS)[number];

const REPLACES_ANSWER: ReadonlySet<FaultKind> = new Set(REPLACING);
const NEEDS: Readonly<Partial<Record<FaultKind, readonly ('ms' | 'by' | 'factor')[]>>> = {
  latency: ['ms'],
  'late-datapoints': ['by'],
  'revised-datapoints': ['by', 'factor'],
};

export const faultRule = z
  .strictObject({
    kind: z.enum(KINDS),
    service: z.enum(SERVICES).optional().describe('Default: every service.'),
    operation: z
      .string()
      .min(1)
      .optional()
      .describe('An operation such as StopDeployment; default and "*": every one.'),
    account: z
      .string()
      .regex(/^\d{12}$/, 'expected twelve digits')
      .optional()
      .describe('Default: every account.'),
    region: z.string().min(1).optional().describe('Default: every region.'),
    count: z.int().min(1).optional().describe('Acts on so many calls; default: until removed.'),
    probability: z.number().min(0).max(1).optional().describe('Acts on a call with this probability; default 1.'),
    after: z.int().min(0).optional().describe('Lets so many matching calls pass first.'),
    ms: z.number().min(0).optional().describe('latency: real milliseconds.'),
    metric: z.string().min(1).optional().describe('Datapoint faults: only this metric; default: every one.'),
    by: z
      .number()
      .min(0)
      .optional()
      .describe('Datapoint faults: milliseconds of clock time after the end of a period.'),
    factor: z.number().optional().describe('revised-datapoints: what a value is multiplied by before it is revised.'),
  })
  .superRefine((rule, context) => {
    for (const key of NEEDS[rule.kind] ?? []) {
      if (rule[key] === undefined) {
        context.addIssue({ code: 'custom', path: [key], message: `${rule.kind} needs "${key}", a number` });
      }
    }
  })
  .readonly();

export type FaultRule = z.infer<typeof faultRule>;
type ActiveFault = FaultRule & { readonly id: string };

/** Where a call goes: a rule for an account or a region acts only there. */
interface FaultPlace {
  readonly account: string;
  readonly region: string;
}

export interface Faults {
  /** Returns the id to remove it by. Throws a ZodError when the rule makes no sense. */
  add(rule: FaultRule): string;
  /** False when there is no such rule (any more). */
  remove(id: string): boolean;
  clear(): void;
  list(): readonly ActiveFault[];
  /** The rules that act on this one call, oldest first; counts it, so ask once per call. */
  matching(service: ServiceName, operation: string, place?: FaultPlace): FaultRule[];
  /** Rules of a kind that are in force now; counts nothing. */
  active(kind: FaultKind): readonly FaultRule[];
}

interface Entry {
  readonly id: string;
  readonly rule: FaultRule;
  /** Matching calls that shall still pass. */
  skip: number;
  /** Calls it shall still act on. */
  left: number;
}

function concerns(rule: FaultRule, service: ServiceName, operation: string, place?: FaultPlace): boolean {
  if (rule.account !== undefined && rule.account !== place?.account) return false;
  if (rule.region !== undefined && rule.region !== place?.region) return false;
  if (rule.service !== undefined && rule.service !== service) return false;
  return rule.operation === undefined || rule.operation === '*' || rule.operation === operation;
}

/** `random` gives numbers in [0, 1): tests pass their own to know what a probability will do. */
export function faults(random: () => number = Math.random): Faults {
  const entries = new Map<string, Entry>();
  let added = 0;

  /** Whether the rule acts on the call that is being counted. */
  const acts = (entry: Entry): boolean => {
    if (entry.skip > 0) {
      entry.skip -= 1;
      return false;
    }
    if (random() >= (entry.rule.probability ?? 1)) return false;
    entry.left -= 1;
    if (entry.left <= 0) entries.delete(entry.id);
    return true;
  };

  return {
    add(rule) {
      const checked = faultRule.parse(rule);
      added += 1;
      const id = `fault-${added}`;
      const left = checked.count ?? Number.POSITIVE_INFINITY;
      entries.set(id, { id, rule: checked, skip: checked.after ?? 0, left });
      return id;
    },
    remove: (id) => entries.delete(id),
    clear: () => entries.clear(),
    list: () => [...entries.values()].map(({ id, rule }) => ({ ...rule, id })),
    matching(service, operation, place) {
      const acting: FaultRule[] = [];
      let replaced = false;
      for (const entry of [...entries.values()]) {
        if (!concerns(entry.rule, service, operation, place)) continue;
        const replaces = REPLACES_ANSWER.has(entry.rule.kind);
        if ((replaces && replaced) || !acts(entry)) continue;
        replaced ||= replaces;
        acting.push(entry.rule);
      }
      return acting;
    },
    active: (kind) => [...entries.values()].filter(({ rule }) => rule.kind === kind).map(({ rule }) => rule),
  };
}

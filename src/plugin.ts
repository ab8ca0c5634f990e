/** How a plugin introduces itself: its kind, one line of description, the schema of its options, and how it is made. */
import type { z } from 'zod';
import type { HookFormat, Judge, Notifier, PastOpinion, Source, Trigger } from './core/seams.ts';
import { tellEnd } from './core/waiting.ts';

interface Introduction<Kind extends string, Options extends z.ZodObject> {
  readonly kind: Kind;
  /** One line for the reference page. */
  readonly description: string;
  /** Options as they stand in the policy file; `kind` is one of them. Built once, when a file first names the kind. */
  readonly options: () => Options;
}

/** A source is opened once per target; its options are the query, and queries of one turn may share a call. */
export interface SourcePlugin<Kind extends string, Options extends z.ZodObject, Deps>
  extends Introduction<Kind, Options> {
  open(deps: Deps): Source<z.output<Options>>;
}

/** A trigger is opened once per target; its options come with every check, and checks of one turn may share a call. */
export interface TriggerPlugin<Kind extends string, Options extends z.ZodObject, Deps>
  extends Introduction<Kind, Options> {
  /** Reads what is on record of its past, as `Trigger.past` or a file gives it. */
  past(): z.ZodType<PastOpinion<z.output<Options>>>;
  open(deps: Deps): Trigger<z.output<Options>>;
}

/** A judge is made once per rule. */
export interface JudgePlugin<Kind extends string, Options extends z.ZodObject> extends Introduction<Kind, Options> {
  /** `sharing`: how many rules of the policy share its α. */
  create(options: z.output<Options>, sharing: number): Judge;
}

/** A format is opened once per hook. */
export interface HookPlugin<Kind extends string, Options extends z.ZodObject, Deps>
  extends Introduction<Kind, Options> {
  /** Whether its messages are signed under these options, so that a hook needs no `auth`. */
  authenticates(options: z.output<Options>): boolean;
  open(options: z.output<Options>, deps: Deps): HookFormat;
}

/**
 * A notifier is opened once per entry of `notifiers`; it may hold what it needs between two notices (threads).
 * `incidents` where it keeps incidents: then it is given only what opens and closes one, and a test.
 */
export interface NotifierPlugin<Kind extends string, Options extends z.ZodObject, Deps>
  extends Introduction<Kind, Options> {
  readonly incidents: boolean;
  open(options: z.output<Options>, deps: Deps): Notifier;
}

export function defineHook<Kind extends string, Options extends z.ZodObject, Deps>(
  plugin: HookPlugin<Kind, Options, Deps>,
): HookPlugin<Kind, Options, Deps> {
  return plugin;
}

export function defineNotifier<Kind extends string, Options extends z.ZodObject, Deps>(
  plugin: NotifierPlugin<Kind, Options, Deps>,
): NotifierPlugin<Kind, Options, Deps> {
  return plugin;
}

export function defineSource<Kind extends string, Options extends z.ZodObject, Deps>(
  plugin: SourcePlugin<Kind, Options, Deps>,
): SourcePlugin<Kind, Options, Deps> {
  return plugin;
}

export function defineTrigger<Kind extends string, Options extends z.ZodObject, Deps>(
  plugin: TriggerPlugin<Kind, Options, Deps>,
): TriggerPlugin<Kind, Options, Deps> {
  return plugin;
}

export function defineJudge<Kind extends string, Options extends z.ZodObject>(
  plugin: JudgePlugin<Kind, Options>,
): JudgePlugin<Kind, Options> {
  return plugin;
}

/**
 * Opens every source for one target; the query's `kind` picks the one that answers. A cast stands here because a
 * registry's list and a query's kind belong together by construction, which the type system cannot see.
 */
export function openSources<Query extends { readonly kind: string }, Deps>(
  plugins: readonly SourcePlugin<string, z.ZodObject, NoInfer<Deps>>[],
  deps: Deps,
): Source<Query> {
  const opened = new Map(plugins.map((plugin) => [plugin.kind, plugin.open(deps) as Source<unknown>]));
  const of = (query: Query) => known(opened, 'source', query.kind);
  return {
    period: (query) => of(query).period(query),
    query: (query, window, settle, signal) => of(query).query(query, window, settle, signal),
    tell: (query, window, settle, signal, waiting) => {
      const source = of(query);
      if (source.tell === undefined) tellEnd(source.query(query, window, settle, signal), waiting);
      else source.tell(query, window, settle, signal, waiting);
    },
    forDeployment: (query, deployment) => {
      const source = of(query);
      return source.forDeployment === undefined ? query : (source.forDeployment(query, deployment) as Query);
    },
    held: (query, window, settle) => of(query).held?.(query, window, settle),
  };
}

/** Opens every trigger for one target; the options' `kind` picks the one that answers. */
export function openTriggers<Options extends { readonly kind: string }, Deps>(
  plugins: readonly TriggerPlugin<string, z.ZodObject, NoInfer<Deps>>[],
  deps: Deps,
): Trigger<Options> {
  const opened = new Map(plugins.map((plugin) => [plugin.kind, plugin.open(deps) as Trigger<unknown>]));
  return {
    check: (options, context, signal) => known(opened, 'trigger', options.kind).check(options, context, signal),
    mayCount: (options, alert, place) =>
      known(opened, 'trigger', options.kind).mayCount?.(options, alert, place) ?? false,
    past: async (options, window, signal) => known(opened, 'trigger', options.kind).past?.(options, window, signal),
  };
}

/** The schema of what is on record of the past of the trigger that the options' `kind` names. */
export function pastSchema<Options extends { readonly kind: string }>(
  plugins: readonly Pick<TriggerPlugin<string, z.ZodObject, never>, 'kind' | 'past'>[],
  options: Options,
): z.ZodType<PastOpinion<Options>> {
  const byKind = new Map(plugins.map((plugin) => [plugin.kind, plugin]));
  return known(byKind, 'trigger', options.kind).past() as z.ZodType<PastOpinion<unknown>>;
}

/** Opens the hook that the options' `kind` names. */
export function openHook<Deps>(
  plugins: readonly HookPlugin<string, z.ZodObject, NoInfer<Deps>>[],
  options: { readonly kind: string },
  deps: Deps,
): HookFormat {
  const byKind = new Map(plugins.map((plugin) => [plugin.kind, plugin]));
  return known(byKind, 'hook', options.kind).open(options, deps);
}

/** Opens the notifier that the options' `kind` names. */
export function openNotifier<Deps>(
  plugins: readonly NotifierPlugin<string, z.ZodObject, NoInfer<Deps>>[],
  options: { readonly kind: string },
  deps: Deps,
): Notifier {
  const byKind = new Map(plugins.map((plugin) => [plugin.kind, plugin]));
  return known(byKind, 'notifier', options.kind).open(options, deps);
}

/** Makes the judge that the options' `kind` names. */
export function makeJudge(
  plugins: readonly JudgePlugin<string, z.ZodObject>[],
  options: { readonly kind: string },
  sharing = 1,
): Judge {
  const byKind = new Map(plugins.map((plugin) => [plugin.kind, plugin]));
  return known(byKind, 'judge', options.kind).create(options, sharing);
}

function known<Made>(made: ReadonlyMap<string, Made>, what: string, kind: string): Made {
  const one = made.get(kind);
  if (one === undefined) throw new Error(`no ${what} of kind ${kind} is registered`);
  return one;
}

/** How a plugin introduces itself: its kind, one line of description, the schema of its options, and how it is made. */
import type { z } from 'zod';
import type { Judge, Source, Trigger } from './core/seams.ts';

interface Introduction<Kind extends string, Options extends z.ZodObject> {
  readonly kind: Kind;
  /** One line for the reference page. */
  readonly description: string;
  /** Options as they stand in the policy file; `kind` is one of them. */
  readonly options: Options;
}

/** A source is opened once per target; its options are the query, and queries of one turn may share a call. */
export interface SourcePlugin<Kind extends string, Options extends z.ZodObject, Deps>
  extends Introduction<Kind, Options> {
  open(deps: Deps): Source<z.output<Options>>;
}

/** A trigger is opened once per target; its options come with every check, and checks of one turn may share a call. */
export interface TriggerPlugin<Kind extends string, Options extends z.ZodObject, Deps>
  extends Introduction<Kind, Options> {
  open(deps: Deps): Trigger<z.output<Options>>;
}

/** A judge is made once per rule. */
export interface JudgePlugin<Kind extends string, Options extends z.ZodObject> extends Introduction<Kind, Options> {
  create(options: z.output<Options>): Judge;
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

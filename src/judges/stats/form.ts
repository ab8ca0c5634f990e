/** What a form of evidence is: how what the components say is put together, and how much of it stops a deployment. */
import type { Ticks } from './ticks.ts';

type FormName = 'mix' | 'mix-as-one' | 'adaptive' | 'anchored' | 'adaptive-bound' | 'adaptive-rising' | 'learnt-rising';

export interface Form {
  readonly name: FormName;
  /** Of the adaptive, the anchored and the learnt component; 0: it has no say. */
  readonly etas: readonly number[];
  /** ln E at which it stops, in the first tick. */
  readonly logNeeded: number;
  /** By how much more is needed with each tick; absent: by nothing. */
  readonly rise?: number;
  /** The component whose evidence it is, by its place; absent: the evidence is that of the mixture. */
  readonly alone?: number;
  /** Whether it keeps the false stops among the placebos to α. */
  readonly met: boolean;
}

export interface FormOptions {
  /** Share of placebos each form may stop. */
  readonly alpha: number;
  /** ln E at which a mixture of tempered components stops. */
  readonly stop?: number;
  readonly caps?: number | Ticks;
}

/** Where a bound is calibrated it is never below: evidence of less is none, whatever the placebos say. */
export const LEAST_EVIDENCE = Math.log(10);

/** ln E needed at a tick (0: the first of the deployment). */
export const neededAt = ({ logNeeded, rise = 0 }: Pick<Form, 'logNeeded' | 'rise'>, tick: number): number =>
  logNeeded + rise * tick;

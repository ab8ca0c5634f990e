/** What `check --live` found, and how a check comes to it. */
import { failureOf } from '../core/failure.ts';

export interface LiveFinding {
  /** Empty where it is about none. */
  readonly target: string;
  /** Policy and rule, where the finding is about one. */
  readonly about: string;
  readonly check: string;
  /** `warn`: it works and may not do what was meant. */
  readonly result: 'ok' | 'warn' | 'fail';
  readonly detail: string;
}

export type Finding = Omit<LiveFinding, 'target' | 'about' | 'check'>;

/** One check; what it throws is its finding. */
export async function finding(work: () => Promise<Finding>): Promise<Finding> {
  try {
    return await work();
  } catch (error) {
    return { result: 'fail', detail: failureOf(error).message };
  }
}

export const ok = (detail: string): Finding => ({ result: 'ok', detail });
export const warn = (detail: string): Finding => ({ result: 'warn', detail });

/** Waiting for one answer without a promise, where ten thousand wait at a time: an object takes a fraction of its room. */

/** It is told once, perhaps at once, and never throws. */
export interface Waiting<Answer> {
  answered(answer: Answer): void;
  failed(error: unknown): void;
}

/** Tells how a promise ends. */
export function tellEnd<Answer>(promise: Promise<Answer>, waiting: Waiting<Answer>): void {
  promise.then(
    (answer) => waiting.answered(answer),
    (error: unknown) => waiting.failed(error),
  );
}

/** The promise of what is told. */
export function promised<Answer>(tell: (waiting: Waiting<Answer>) => void): Promise<Answer> {
  return new Promise((answered, failed) => tell({ answered, failed }));
}

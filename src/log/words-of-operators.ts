/** How what a person told about a deployment is told on. */
import type { OperatorEvent } from '../core/event.ts';
import { plainText } from '../lib/text.ts';
import { type Entry, entry } from './entry.ts';

type Words = { readonly [Kind in OperatorEvent['kind']]: Entry<Kind> };

const FIELDS = { by: 'who', reason: 'the reason given' } as const;

export const WORDS_OF_OPERATORS: Words = {
  'deployment-held': entry('deployment-held', {
    when: 'Somebody holds a deployment: it is judged on, and no policy stops it until the hold is released.',
    level: 'warn',
    fields: FIELDS,
    says: ({ by, reason }, title) =>
      `${title} is HELD by ${plainText(by)}: no policy stops it until \`release\`: ${plainText(reason)}`,
    values: ({ by, reason }) => ({ by, reason }),
  }),
  'hold-released': entry('hold-released', {
    when: 'A hold was released: policies stop the deployment again.',
    level: 'warn',
    fields: FIELDS,
    says: ({ by, reason }, title) => `the hold of ${title} was released by ${plainText(by)}: ${plainText(reason)}`,
    values: ({ by, reason }) => ({ by, reason }),
  }),
};

/** What people are told of what one of them told the daemon about a deployment. */
import type { OperatorEvent } from '../core/event.ts';
import type { Drafter } from './draft.ts';

type Drafters = { readonly [Kind in OperatorEvent['kind']]: Drafter<Kind> };

export const ABOUT_OPERATORS: Drafters = {
  'deployment-held': ({ by, reason }, title) => ({
    kind: 'held',
    title: `${title} is held by ${by}: no policy stops it until the hold is released`,
    because: [reason],
  }),
  'hold-released': ({ by, reason }, title) => ({
    kind: 'hold-released',
    title: `The hold of ${title} was released by ${by}: policies stop it again`,
    because: [reason],
  }),
};

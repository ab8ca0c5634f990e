/** Cross-field rules: a route leads to a notifier that is there, and to each once. */
import type { Path } from './error.ts';
import type { Fault } from './fault.ts';
import type { Outline } from './outline.ts';
import { choice } from './suggest.ts';

interface Use {
  readonly to: string;
  readonly path: Path;
}

function uses({ notify, policies }: Outline): readonly Use[] {
  const of = (routes: Outline['notify'], path: Path) =>
    routes.flatMap((route, index) =>
      route?.to === undefined || route.to === '' ? [] : [{ to: route.to, path: [...path, index, 'to'] }],
    );
  return [
    ...of(notify, ['notify']),
    ...policies.flatMap((policy, index) => of(policy?.notify ?? [], ['policies', index, 'notify'])),
  ];
}

export function unknownNotifiers(outline: Outline): readonly Fault[] {
  const known = outline.notifiers;
  return uses(outline)
    .filter(({ to }) => !known.includes(to))
    .map(({ to, path }) => ({
      path,
      expected:
        known.length === 0
          ? 'the name of a notifier, and the file has no `notifiers`'
          : `a notifier: ${choice(to, known)}`,
    }));
}

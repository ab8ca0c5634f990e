/** Who is told what: the routes of the policy file, for everything and by policy. */
import { type Notice, type NoticeKind, SEVERITIES, type Severity } from '../core/notice.ts';

export interface Route {
  /** Name of a notifier. */
  readonly to: string;
  /** The least severe that is told. */
  readonly severity: Severity;
  /** Only these; without it all. */
  readonly kinds?: readonly NoticeKind[];
}

export interface Routing {
  /** For everything, also what is the daemon's own. */
  readonly notify: readonly Route[];
  readonly policies: readonly { readonly name: string; readonly notify: readonly Route[] }[];
}

function takes({ severity, kinds }: Route, notice: Notice): boolean {
  const severe = SEVERITIES.indexOf(notice.severity) >= SEVERITIES.indexOf(severity);
  return severe && (kinds === undefined || kinds.includes(notice.kind));
}

export interface Recipients {
  /** Notifiers a route leads to that takes the notice. */
  readonly direct: ReadonlySet<string>;
  /** Notifiers any route leads to, whatever it takes: who heard of an incident hears of its end. */
  readonly reachable: ReadonlySet<string>;
}

export function recipientsOf(notice: Notice, { notify, policies }: Routing): Recipients {
  const concerned = policies.filter(({ name }) => notice.policies.includes(name));
  const routes = [...notify, ...concerned.flatMap((policy) => policy.notify)];
  return {
    direct: new Set(routes.filter((route) => takes(route, notice)).map(({ to }) => to)),
    reachable: new Set(routes.map(({ to }) => to)),
  };
}

/** Spans around pieces of work, for who wants to see where time goes: an interface, and the one that makes nothing. */

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Tracer {
  /**
   * Does a piece of work in a span, whose parent is the span it is begun in; what is thrown marks it and goes on its way.
   * `about` is asked only where a span is made. `client`: the work is one call to somebody else.
   */
  span<Out>(name: string, about: () => Attributes, work: () => Promise<Out>, client?: 'client'): Promise<Out>;
  /** Something happened in the span that is under way here, if one is. */
  note(name: string, about: () => Attributes): void;
  /** More about the span that is under way here. */
  add(about: () => Attributes): void;
}

/** Nobody asked: no span, no attributes, no context. */
export const NO_TRACE: Tracer = {
  span: (_name, _about, work) => work(),
  note: () => {},
  add: () => {},
};

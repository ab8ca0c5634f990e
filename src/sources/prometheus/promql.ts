/** PromQL as far as places for a deployment need it: strings, and which of them are regular expressions. */
import type { Language } from '../../remote/quoted.ts';

/** Characters that mean something in RE2, which matchers with =~ and !~ are written in. */
const RE2 = /[\\.+*?()|[\]{}^$]/g;

export const PROMQL: Language = {
  name: 'PromQL',
  quotes: '"\'',
  raw: '`',
  harmless: (value, before) => (/[=!]~\s*$/.test(before) ? value.replace(RE2, '\\$&') : value),
};

/** The rule of a composite alarm: states of other alarms under AND, OR and NOT. */
import { type Rejection, validationError } from '../rejection.ts';
import type { AlarmState } from './state.ts';

export type Rule =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'state'; readonly state: AlarmState; readonly alarm: string }
  | { readonly kind: 'not'; readonly rule: Rule }
  | { readonly kind: 'and' | 'or'; readonly left: Rule; readonly right: Rule };

/** Inside quotes a backslash before a quote or another backslash keeps it for the name. */
const TOKEN = /\s*(?:(?<sign>[()])|"(?<double>(?:[^"\\]|\\.)*)"|'(?<single>(?:[^'\\]|\\.)*)'|(?<word>[^\s()"']+))/sy;

interface Token {
  readonly kind: 'sign' | 'text' | 'word';
  readonly value: string;
}

/** Throws a Rejection that says what is not understood. */
export function parseRule(text: string): Rule {
  const tokens = tokensOf(text);
  let position = 0;
  const take = (kind: Token['kind'], value: string) => {
    const token = tokens[position];
    if (token?.kind !== kind || token.value !== value) return false;
    position += 1;
    return true;
  };
  const expect = (sign: '(' | ')') => {
    if (!take('sign', sign)) throw wrong(`expected ${sign}, found ${tokens[position]?.value ?? 'the end'}`);
  };
  const or = (): Rule => {
    let left = and();
    while (take('word', 'OR')) left = { kind: 'or', left, right: and() };
    return left;
  };
  const and = (): Rule => {
    let left = not();
    while (take('word', 'AND')) left = { kind: 'and', left, right: not() };
    return left;
  };
  const not = (): Rule => (take('word', 'NOT') ? { kind: 'not', rule: not() } : primary());
  const primary = (): Rule => {
    if (take('sign', '(')) {
      const rule = or();
      expect(')');
      return rule;
    }
    const token = tokens[position];
    position += 1;
    if (token?.kind === 'word' && (token.value === 'TRUE' || token.value === 'FALSE')) {
      return { kind: 'constant', value: token.value === 'TRUE' };
    }
    const state = stateNamed(token);
    expect('(');
    const alarm = tokens[position];
    position += 1;
    if (alarm === undefined || alarm.kind === 'sign') throw wrong(`${state} needs the name or ARN of an alarm`);
    expect(')');
    return { kind: 'state', state, alarm: alarm.value };
  };
  const rule = or();
  const rest = tokens[position];
  if (rest !== undefined) throw wrong(`unexpected ${rest.value}`);
  return rule;
}

function stateNamed(token: Token | undefined): AlarmState {
  const { kind, value } = token ?? { kind: 'word', value: 'the end' };
  if (kind === 'word' && (value === 'ALARM' || value === 'OK' || value === 'INSUFFICIENT_DATA')) return value;
  throw wrong(`expected ALARM(…), OK(…), INSUFFICIENT_DATA(…), TRUE, FALSE, NOT or (, found ${value}`);
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (text.slice(at).trim() !== '') {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(text)?.groups;
    if (groups === undefined) throw wrong(`unexpected ${text.slice(at).trim()[0]}`);
    const quoted = groups.double ?? groups.single;
    if (quoted !== undefined) tokens.push({ kind: 'text', value: quoted.replace(/\\(["'\\])/g, '$1') });
    else if (groups.sign !== undefined) tokens.push({ kind: 'sign', value: groups.sign });
    else tokens.push({ kind: 'word', value: groups.word ?? '' });
    at = TOKEN.lastIndex;
  }
  return tokens;
}

function wrong(problem: string): Rejection {
  return validationError(`AlarmRule is not valid: ${problem}.`);
}

/** Whether the rule holds, given the state of each alarm it names. */
export function holds(rule: Rule, stateOf: (alarm: string) => AlarmState | undefined): boolean {
  switch (rule.kind) {
    case 'constant':
      return rule.value;
    case 'state':
      return stateOf(rule.alarm) === rule.state;
    case 'not':
      return !holds(rule.rule, stateOf);
    case 'and':
      return holds(rule.left, stateOf) && holds(rule.right, stateOf);
    case 'or':
      return holds(rule.left, stateOf) || holds(rule.right, stateOf);
  }
}

/** The names or ARNs a rule refers to. */
export function alarmsIn(rule: Rule): readonly string[] {
  if (rule.kind === 'state') return [rule.alarm];
  if (rule.kind === 'not') return alarmsIn(rule.rule);
  return rule.kind === 'constant' ? [] : [...alarmsIn(rule.left), ...alarmsIn(rule.right)];
}

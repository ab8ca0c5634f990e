/** What the YAML parser's own errors mean to the person who wrote the file. */
import type { YAMLError } from 'yaml';

export interface Words {
  readonly expected: string;
  readonly found: string;
}

/** By code. */
const BY_CODE: Readonly<Record<string, Words>> = {
  TAB_AS_INDENT: { expected: 'spaces as indentation', found: 'a tab' },
  MULTIPLE_DOCS: { expected: 'one YAML document', found: 'a second one' },
  TAG_RESOLVE_FAILED: { expected: 'a plain value', found: 'a YAML tag that is not known here' },
  BAD_ALIAS: { expected: 'quotes around a value that begins with *', found: 'an alias without a name' },
};

/** By the parser's words, where one code stands for several mistakes. */
const BY_MESSAGE: Readonly<Record<string, Words>> = {
  'All mapping items must start at the same column': {
    expected: 'this key in the column of the other keys of its map',
    found: 'another indentation',
  },
  'All sequence items must start at the same column': {
    expected: 'this item in the column of the other items of its list',
    found: 'another indentation',
  },
  'Sequence item without - indicator': {
    expected: 'an item of the list above (- …), or a key in the column of the keys above',
    found: 'an indentation between the two',
  },
  'Unexpected alias at node end': {
    expected: 'quotes around a value that begins with *',
    found: 'more after an alias',
  },
  'Nested mappings are not allowed in compact mappings': {
    expected: 'a value in quotes where it holds a colon and a space, or the key on a line of its own',
    found: 'a second key on the line',
  },
};

export function syntaxWords({ code, message }: YAMLError): Words {
  return BY_CODE[code] ?? BY_MESSAGE[message] ?? { expected: 'valid YAML', found: `an error: ${message}` };
}

/** Whether an error comes of the one told before it: the line was lost already, or the columns after it. */
export function follows(error: YAMLError, before: YAMLError | undefined, sameLine: boolean): boolean {
  if (before === undefined) return false;
  const columns = ['BAD_INDENT', 'TAB_AS_INDENT', 'MISSING_CHAR'].includes(before.code);
  return sameLine || (error.code === 'BAD_INDENT' && columns);
}

/** Texts that anybody who may write a name, a description or a metric can put before the watchdog. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what references look like is the point

const ESC = '\u001b';

export const HOSTILE_TEXT = {
  'a screen that is cleared': `${ESC}[2J${ESC}[H${ESC}]0;owned\u0007${ESC}[31mred${ESC}[0m`,
  'a hyperlink and the clipboard': `${ESC}]8;;https://example.com\u0007click${ESC}]8;;\u0007${ESC}]52;c;aGk=\u0007`,
  'C1 control characters': '\u009b2J\u009d0;owned\u009c\u0085\u008d',
  'a forged line': 'fine\r\n{"level":"info","event":"stop-settled","msg":"forged"}\r\n',
  'line and paragraph separators': 'one\u2028two\u2029three\u000bfour\u000cfive',
  NUL: 'a\u0000b',
  'text turned round': '\u202egnp.exe\u202c \u2066isolated\u2069 \u200f\u061c',
  'characters without a shape': 'che\u200bck\u200cout\u200d\u2060\ufeff\u00ad',
  'invisible tags': '\u{e0001}\u{e0041}\u{e0042}\u{e007f}',
  'lone surrogates': 'a\ud800b\udfffc',
  HTML: '<script>alert(1)</script><img src=x onerror=alert(1)>&amp;\'"',
  markdown: '*bold* _it_ `code` ~no~ <!channel> <@U123> [link](https://example.com) ```',
  'a label that breaks out': 'a"b\\c\nwatchdog_build_info{version="forged"} 1\n',
  'a template': '${HOME} {{ .Values }} %s %d %n %o $(id) `id`',
  'a path': '../../../../etc/passwd',
  'names of every object': '__proto__',
  marks: `Z${'\u0351\u0352\u0353'.repeat(50)}`,
  'a hundred thousand characters': '🚀x'.repeat(33_334),
} as const;

/** No character in it that moves a cursor, ends a line, hides or turns what is printed round it; and no half of one. */
export function printsHarmlessly(text: string): boolean {
  return !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(text);
}

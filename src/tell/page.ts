/** The table of notices in docs/notifications.md, written out of the code. */
import { NOTICE_KINDS } from '../core/notice.ts';
import { KINDS } from './kinds.ts';

const BEGIN = '<!-- kinds: written by `npm run generate` -->';
const END = '<!-- end of kinds -->';
const DOES = { open: 'opens', close: 'closes' } as const;

function table(): string {
  const rows = NOTICE_KINDS.map((kind) => {
    const { severity, incident, when } = KINDS[kind];
    return `| \`${kind}\` | ${severity} | ${incident === undefined ? '' : DOES[incident]} | ${when} |`;
  });
  return ['| kind | severity | incident | when |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

/** The page with the table as it is now. */
export function withNoticeTable(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`the page has no ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${table()}\n\n${END}${after}`;
}

/** The documents people read, and what can be checked of them: fenced blocks, inline code, links. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

interface Block {
  /** `yaml`, `json`, `text`, …; empty where the fence names none. */
  readonly language: string;
  readonly text: string;
}

export interface Document {
  /** Path from the root of the project. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

export function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

function documentAt(path: string): Document {
  const text = read(path);
  const blocks = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', inside = '']) => ({
    language,
    text: inside,
  }));
  return { path, text, blocks };
}

/** README, CHANGELOG, deploy/ and everything under docs/, generated pages included. */
export function documents(): readonly Document[] {
  const under = globSync('docs/**/*.md', { cwd: fileURLToPath(ROOT) });
  return ['README.md', 'CHANGELOG.md', 'deploy/README.md', ...under.toSorted()].map(documentAt);
}

/** Fenced blocks without a language or for a shell, and inline code: where commands stand. */
export function commandsIn({ text, blocks }: Document): readonly string[] {
  const fenced = blocks
    .filter(({ language }) => language === '')
    .flatMap((block) => block.text.replaceAll('\\\n', ' ').split('\n'));
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  const inline = [...prose.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll('\n', ' '));
  return [...fenced, ...inline];
}

/** Targets of links that lead to files of the project, and do not exist. */
export function brokenLinks({ path, text }: Document): readonly string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => {
    if (/^https?:/.test(target)) return false;
    const [file = '', anchor] = target.split('#');
    const url = new URL(file === '' ? path : file, file === '' ? ROOT : new URL(path, ROOT));
    if (!existsSync(url)) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(url, 'utf8')).has(anchor);
  });
}

/** Anchors a page has for its headings, the way GitHub makes them. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

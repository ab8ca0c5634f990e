/** Those who say whether a manifest is one: each gives what is wrong with a text, empty when nothing is. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const kinded = z.looseObject({ apiVersion: z.string(), kind: z.string() });
/** Where kubernetes-types has the types of each group of the API that is used here. */
const GROUPS: Readonly<Record<string, string>> = { v1: 'core/v1', 'apps/v1': 'apps/v1' };

/** Runs a checker in a folder of its own; what it says when it is not content. */
function complaints(command: string, args: readonly string[], options: { cwd?: string; input?: string } = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { ...options, encoding: 'utf8', timeout: 60_000 });
  if (error !== undefined) throw error;
  return status === 0 ? '' : `${stdout}${stderr}`.trim() || `${command} ended with ${status}`;
}

function inFolder(work: (folder: string) => string): string {
  const folder = mkdtempSync(join(tmpdir(), 'appconfig-watchdog-manifest-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Each document as a literal of its type, to the compiler: an unknown field, a missing one or a wrong type is an error. */
export function kubernetesProblems(text: string): string {
  const documents = parseAllDocuments(text).map((document) => kinded.parse(document.toJS()));
  const source = documents.map((document, index) => {
    const group = GROUPS[document.apiVersion];
    if (group === undefined) return `const unknown: never = ${JSON.stringify(document.apiVersion)};`;
    const type = `import('kubernetes-types/${group}.d.ts').${document.kind}`;
    return `export const document${index}: ${type} = ${JSON.stringify(document, null, 2)};`;
  });
  return inFolder((folder) => {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'manifest.ts'), source.join('\n'));
    const compilerOptions = { strict: true, noEmit: true, module: 'nodenext', target: 'es2024', types: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['manifest.ts'] }));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    return complaints(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder]);
  });
}

/** cfn-lint: every resource against its schema, and rules such as which memory goes with which CPU on Fargate. */
export function cloudFormationProblems(text: string): string {
  return inFolder((folder) => {
    writeFileSync(join(folder, 'template.yaml'), text);
    return complaints('cfn-lint', ['--regions', 'eu-west-1', '--', join(folder, 'template.yaml')]);
  });
}

/** Keys of maps whose names are the user's own. */
const FREE = new Set(['options']);

function capitalised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(capitalised);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    (key[0] ?? '').toUpperCase() + key.slice(1),
    FREE.has(key) ? inner : capitalised(inner),
  ]);
  return Object.fromEntries(entries);
}

/** A task definition as botocore's model of the call has it, and as CloudFormation's schema of the resource has it. */
export function taskDefinitionProblems(text: string): string {
  const script = fileURLToPath(new URL('botocore-input.py', import.meta.url));
  const { stdout, stderr, status } = spawnSync('python3', [script, 'ecs', 'RegisterTaskDefinition'], {
    input: text,
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0) throw new Error(stderr);
  const resource = { Type: 'AWS::ECS::TaskDefinition', Properties: capitalised(JSON.parse(text)) };
  const asTemplate = stringify({ AWSTemplateFormatVersion: '2010-09-09', Resources: { Task: resource } });
  return `${stdout.trim()}${cloudFormationProblems(asTemplate)}`;
}

/** docker-compose's own schema, and its reading of what the words mean. */
export function composeProblems(text: string): string {
  return inFolder((folder) => {
    mkdirSync(join(folder, 'policy'));
    writeFileSync(join(folder, 'compose.yaml'), text);
    return complaints('docker-compose', ['--file', 'compose.yaml', 'config', '--quiet'], { cwd: folder });
  });
}

/** What stands in deploy/ and in the Dockerfile, as data. */
import { dirname } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { read } from '../../docs/documents.ts';
import { resolved, template } from './cloudformation.ts';

/** The documents of a file of YAML. */
function documentsOf(path: string): readonly unknown[] {
  return parseAllDocuments(read(path)).map((document) => document.toJS());
}

const kinded = z.looseObject({ kind: z.string() });
const configMap = z.object({ kind: z.literal('ConfigMap'), data: z.object({ 'watchdog.yaml': z.string() }) });
const volumeMount = z.object({ mountPath: z.string(), readOnly: z.boolean().optional() });
const securityContext = z.looseObject({ runAsUser: z.number().optional() });
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.number() }) });
const kubernetesContainer = z.looseObject({
  name: z.string(),
  image: z.string(),
  ports: z.array(z.object({ containerPort: z.number() })).default([]),
  volumeMounts: z.array(volumeMount).default([]),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  securityContext: securityContext.default({}),
});
const deployment = z.looseObject({
  kind: z.literal('Deployment'),
  spec: z.object({
    template: z.object({
      spec: z.looseObject({
        containers: z.array(kubernetesContainer),
        securityContext: securityContext.default({}),
        terminationGracePeriodSeconds: z.number(),
      }),
    }),
  }),
});

/** The only one that fits; fails when there is none or are several. */
function only<Item>(what: string, items: readonly Item[]): Item {
  const [first] = items;
  if (first === undefined || items.length !== 1) throw new Error(`expected one ${what}, found ${items.length}`);
  return first;
}

function ofKind<Schema extends z.ZodType>(documents: readonly unknown[], kind: string, schema: Schema) {
  const fitting = documents.filter((document) => kinded.parse(document).kind === kind);
  return schema.parse(only(kind, fitting));
}

/** Pod, its container with the watchdog, and the policy file of a manifest. */
export function kubernetesOf(path: string) {
  const documents = documentsOf(path);
  const pod = ofKind(documents, 'Deployment', deployment).spec.template.spec;
  const container = only(
    'watchdog',
    pod.containers.filter(({ name }) => name === 'watchdog'),
  );
  return { pod, container, policy: ofKind(documents, 'ConfigMap', configMap).data['watchdog.yaml'] };
}

const taskContainer = z.looseObject({
  name: z.string(),
  image: z.string(),
  user: z.string(),
  readonlyRootFilesystem: z.boolean(),
  environment: z.array(z.object({ name: z.string(), value: z.string() })),
  mountPoints: z.array(z.object({ containerPath: z.string() })),
  healthCheck: z.looseObject({ command: z.array(z.string()) }).optional(),
  stopTimeout: z.number().optional(),
  entryPoint: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
});
const task = z.looseObject({ containerDefinitions: z.array(taskContainer) });

/** CloudFormation writes the same words with a capital; the names in maps of strings are not its own. */
function lowerCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerCased);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key[0]?.toLowerCase() + key.slice(1),
    lowerCased(inner),
  ]);
  return Object.fromEntries(entries);
}

function taskOf(definition: unknown) {
  const containers = task.parse(definition).containerDefinitions;
  const named = (wanted: string) =>
    only(
      wanted,
      containers.filter(({ name }) => name === wanted),
    );
  const policyFile = named('policy').environment.find(({ name }) => name === 'POLICY')?.value ?? '';
  return { watchdog: named('watchdog'), writer: named('policy'), policy: policyFile };
}

export const ecsTask = () => taskOf(JSON.parse(read('deploy/ecs/task-definition.json')));

/** The template's resources with these values for its parameters. */
export function cloudFormation(parameters: Readonly<Record<string, string>>) {
  const { Resources } = resolved(template(read('deploy/cloudformation/watchdog.yaml')), parameters);
  const resources = z.record(z.string(), z.looseObject({ Properties: z.unknown() })).parse(Resources);
  return {
    task: taskOf(lowerCased(resources.TaskDefinition?.Properties)),
    role: resources.TaskRole?.Properties,
  };
}

const composeSchema = z.object({
  services: z.object({
    watchdog: z.looseObject({ user: z.string(), volumes: z.array(z.string()), stop_grace_period: z.string() }),
  }),
});

export const compose = () => composeSchema.parse(parse(read('deploy/compose/compose.yaml'))).services.watchdog;

/** What the Dockerfile says of the image: its last stage. */
export function dockerfile() {
  const [text = ''] = read('Dockerfile')
    .replaceAll('\\\n', ' ')
    .split(/^FROM /m)
    .slice(-1);
  const word = (pattern: RegExp) => only(String(pattern), [...text.matchAll(pattern)])[1] ?? '';
  const list = (pattern: RegExp) => z.array(z.string()).parse(JSON.parse(word(pattern)));
  return {
    user: word(/^USER (\S+)/gm),
    port: Number(word(/^EXPOSE (\d+)/gm)),
    folder: dirname(word(/APPCONFIG_WATCHDOG_CONFIG=(\S+)/g)),
    volume: only('volume', list(/^VOLUME (.*)/gm)),
    healthCheck: list(/^HEALTHCHECK .*CMD (.*)/gm),
    version: word(/^ARG VERSION=(\S+)/gm),
  };
}

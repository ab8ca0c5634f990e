/** What deploy/ says is so: the policies load, the roles may do what those need, and all agrees with the image. */
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { permissionsFor } from '../../src/cli/permissions.ts';
import { formatPolicyErrors } from '../../src/policy/error.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { Config } from '../../src/policy/schema.ts';
import { read } from '../docs/documents.ts';
import { cloudFormation, compose, dockerfile, ecsTask, kubernetesOf } from './support/manifests.ts';

const ACCOUNT = '111122223333';
const VALUES = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-west-1',
  'AWS::AccountId': ACCOUNT,
  Image: `appconfig-watchdog:${dockerfile().version}`,
  Cluster: 'cluster',
  Subnets: 'subnet-1',
  SecurityGroups: 'sg-1',
  AssignPublicIp: 'DISABLED',
  LogGroup: 'logs',
  TaskDefinition: 'task',
  Mode: 'observe',
};
const KUBERNETES = ['deploy/kubernetes/sidecar.yaml', 'deploy/kubernetes/deployment.yaml'];
const IMAGE = dockerfile();
const tasks = { ecs: ecsTask(), cloudformation: cloudFormation(VALUES).task };

function load(text: string): Config {
  const loaded = loadPolicy({ path: 'watchdog.yaml', text }, {});
  if (!loaded.ok) throw new Error(formatPolicyErrors(loaded.errors));
  return loaded.config;
}

const policies = [
  ...KUBERNETES.map((path) => ({ path, text: kubernetesOf(path).policy })),
  ...Object.entries(tasks).map(([path, { policy }]) => ({ path, text: policy })),
  { path: 'compose', text: read('deploy/compose/policy/watchdog.yaml') },
];

describe.each(policies)('the policy file of $path', ({ text }) => {
  it('loads', () => expect(load(text).policies.length).toBeGreaterThan(0));

  it('only observes at first, and becomes an enforcing one by one word', () => {
    expect(load(text).policies.map(({ mode }) => mode)).toEqual(['observe']);
    expect(load(text.replace('mode: observe', 'mode: enforce')).policies.map(({ mode }) => mode)).toEqual(['enforce']);
  });

  it('keeps its journal in the volume of the image, and listens on its port', () => {
    const { journal, http } = load(text);
    expect([dirname(journal.path ?? ''), http.port]).toEqual([IMAGE.volume, IMAGE.port]);
  });
});

describe('the role in the CloudFormation template', () => {
  const inline = z.object({
    Policies: z.tuple([z.object({ PolicyDocument: z.object({ Statement: z.array(z.unknown()) }) })]),
  });

  it.each(['observe', 'enforce'])('may do what iam-policy prints for its policy file: %s', (Mode) => {
    const { role, task } = cloudFormation({ ...VALUES, Mode });
    const { grants } = permissionsFor(load(task.policy), [ACCOUNT]);
    expect(grants.map((grant) => grant.role)).toEqual([undefined]);
    expect(inline.parse(role).Policies[0].PolicyDocument).toEqual(
      expect.objectContaining({ Statement: grants.flatMap(({ document }) => document.Statement) }),
    );
  });
});

describe.each(KUBERNETES)('%s', (path) => {
  const { pod, container } = kubernetesOf(path);

  it('is the restricted kind of pod, as the user of the image', () => {
    expect({ ...pod.securityContext, ...container.securityContext }).toMatchObject({
      runAsNonRoot: true,
      runAsUser: Number(IMAGE.user),
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod).toMatchObject({ automountServiceAccountToken: false });
  });

  it('mounts the policy where the image looks for it, and the journal on its volume', () => {
    expect(container.volumeMounts).toEqual([
      expect.objectContaining({ mountPath: IMAGE.folder, readOnly: true }),
      expect.not.objectContaining({ readOnly: true }),
    ]);
    expect(container.volumeMounts[1]?.mountPath).toBe(IMAGE.volume);
  });

  it('asks the port of the image, and leaves time to finish a stop', () => {
    const { host, port } = load(kubernetesOf(path).policy).http;
    const asked = [container.livenessProbe, container.readinessProbe].flatMap((probe) => probe?.httpGet.port ?? []);
    expect(new Set([...asked, ...container.ports.map((one) => one.containerPort)])).toEqual(new Set([port]));
    expect([host, container.livenessProbe?.httpGet.path]).toEqual(['0.0.0.0', '/healthz']);
    expect(pod.terminationGracePeriodSeconds).toBe(30);
    expect(container.image).toMatch(new RegExp(`:${IMAGE.version.replaceAll('.', '\\.')}$`));
  });
});

it('the sidecar cannot take its application out of service, the stand-alone one tells whether it is ready', () => {
  const [sidecar, alone] = KUBERNETES.map((path) => kubernetesOf(path).container.readinessProbe?.httpGet.path);
  expect([sidecar, alone]).toEqual([undefined, '/readyz']);
});

describe.each(Object.entries(tasks))('the task definition of %s', (_name, { watchdog, writer }) => {
  it.each([watchdog, writer])('$name runs as the user of the image, and writes to its volume only', (container) => {
    expect(container).toMatchObject({ user: IMAGE.user, readonlyRootFilesystem: true });
    expect(container).toMatchObject({ linuxParameters: { capabilities: { drop: ['ALL'] } } });
    expect(container.mountPoints).toEqual([expect.objectContaining({ containerPath: IMAGE.volume })]);
    expect(container.image).toMatch(new RegExp(`:${IMAGE.version.replaceAll('.', '\\.')}$`));
  });

  it('hands the policy file on, checks as the image does, and leaves time to finish a stop', () => {
    const place = (container: typeof watchdog) =>
      container.environment.find(({ name }) => name === 'APPCONFIG_WATCHDOG_CONFIG')?.value;
    expect(dirname(place(watchdog) ?? '')).toBe(IMAGE.volume);
    expect(place(writer)).toBe(place(watchdog));
    expect(watchdog.healthCheck?.command).toEqual(['CMD', ...IMAGE.healthCheck]);
    expect(watchdog.stopTimeout).toBe(30);
  });
});

it('compose runs the image as it is meant to be run', () => {
  expect(compose()).toMatchObject({
    user: `${IMAGE.user}:${IMAGE.user}`,
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    stop_grace_period: '30s',
    volumes: [`./policy:${IMAGE.folder}:ro`, `journal:${IMAGE.volume}`],
  });
});

it('the image has the version of the package', () => {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(read('package.json')));
  expect(IMAGE.version).toBe(version);
});

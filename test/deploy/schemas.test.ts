/** The manifests in deploy/ are held to the schemas of those who read them; each checker is shown to bite. */
import { describe, expect, it } from 'vitest';
import { read } from '../docs/documents.ts';
import { botocoreVersion } from '../real/support/botocore.ts';
import { describeWith, output } from '../real/support/parts.ts';
import {
  cloudFormationProblems,
  composeProblems,
  kubernetesProblems,
  taskDefinitionProblems,
} from './support/checkers.ts';

/** The text with one thing changed that has to be there. */
function broken(text: string, was: string, becomes: string): string {
  if (!text.includes(was)) throw new Error(`nothing to break: ${was}`);
  return text.replace(was, becomes);
}

describe.each(['deploy/kubernetes/sidecar.yaml', 'deploy/kubernetes/deployment.yaml'])('%s', (path) => {
  const text = read(path);

  it("fits Kubernetes' types", () => expect(kubernetesProblems(text)).toBe(''));

  it.each([
    ['a misspelt field deep inside', 'readOnlyRootFilesystem:', 'readonlyRootFilesystem:'],
    ['a misspelt field of a pod', 'terminationGracePeriodSeconds:', 'terminationGraceSeconds:'],
    ['a text where a number belongs', 'containerPort: 9464', 'containerPort: "9464"'],
    ['a kind that does not exist', 'kind: Deployment', 'kind: Deploy'],
    ['a group of the API that does not exist', 'apiVersion: apps/v1', 'apiVersion: app/v1'],
  ])('would not with %s', (_what, was, becomes) => {
    expect(kubernetesProblems(broken(text, was, becomes))).toContain('error TS');
  });
});

const hasCfnLint = output('cfn-lint', ['--version']) !== undefined;

describeWith('cfn-lint', hasCfnLint)('deploy/cloudformation/watchdog.yaml', () => {
  const text = read('deploy/cloudformation/watchdog.yaml');

  it('fits the schemas of its resources', () => expect(cloudFormationProblems(text)).toBe(''));

  it.each([
    ['a misspelt property', 'ReadonlyRootFilesystem:', 'ReadOnlyRootFilesystem:'],
    ['a reference to nothing', '!Ref Cluster', '!Ref Clusters'],
    ['memory that Fargate does not have', 'Memory: "512"', 'Memory: "300"'],
  ])('would not with %s', (_what, was, becomes) => {
    expect(cloudFormationProblems(broken(text, was, becomes))).toMatch(/^E\d{4} /m);
  });
});

describeWith('cfn-lint', hasCfnLint)('deploy/cloudformation/heartbeat-alarm.yaml', () => {
  const text = read('deploy/cloudformation/heartbeat-alarm.yaml');

  it('fits the schemas of its resources', () => expect(cloudFormationProblems(text)).toBe(''));

  it.each([
    ['a misspelt property', 'TreatMissingData:', 'TreatMissing:'],
    ['a comparison that there is not', 'LessThanThreshold', 'BelowThreshold'],
  ])('would not with %s', (_what, was, becomes) => {
    expect(cloudFormationProblems(broken(text, was, becomes))).toMatch(/^E\d{4} /m);
  });
});

describeWith('cfn-lint and botocore', hasCfnLint && botocoreVersion() !== undefined)(
  'deploy/ecs/task-definition.json',
  () => {
    const text = read('deploy/ecs/task-definition.json');

    it("fits botocore's model and CloudFormation's schema", () => expect(taskDefinitionProblems(text)).toBe(''));

    it.each([
      ['a misspelt property', '"stopTimeout"', '"stopTimeOut"'],
      ['a number as text', '"stopTimeout": 30', '"stopTimeout": "30"'],
      ['a word that is none', '"condition": "SUCCESS"', '"condition": "SUCCEEDED"'],
    ])('would not with %s', (_what, was, becomes) => {
      expect(taskDefinitionProblems(broken(text, was, becomes))).not.toBe('');
    });
  },
);

const hasCompose = output('docker-compose', ['version']) !== undefined;

describeWith('docker-compose', hasCompose)('deploy/compose/compose.yaml', () => {
  const text = read('deploy/compose/compose.yaml');

  it("fits compose's schema", () => expect(composeProblems(text)).toBe(''));

  it.each([
    ['a misspelt key', 'cap_drop:', 'capdrop:'],
    ['a volume that is not declared', '- journal:/', '- journals:/'],
    ['a word where yes or no belongs', 'read_only: true', 'read_only: mostly'],
  ])('would not with %s', (_what, was, becomes) => {
    expect(composeProblems(broken(text, was, becomes))).not.toBe('');
  });
});

/** Which operation a method and a path mean. */

const APP = '/applications/{ApplicationId}';
const ENVIRONMENT = `${APP}/environments/{EnvironmentId}` as const;
const PROFILE = `${APP}/configurationprofiles/{ConfigurationProfileId}` as const;
const VERSIONS = `${PROFILE}/hostedconfigurationversions` as const;
const STRATEGY = '/deploymentstrategies/{DeploymentStrategyId}';

const ROUTES = [
  ['CreateApplication', 'POST', '/applications'],
  ['ListApplications', 'GET', '/applications'],
  ['GetApplication', 'GET', APP],
  ['UpdateApplication', 'PATCH', APP],
  ['DeleteApplication', 'DELETE', APP],
  ['CreateEnvironment', 'POST', `${APP}/environments`],
  ['ListEnvironments', 'GET', `${APP}/environments`],
  ['GetEnvironment', 'GET', ENVIRONMENT],
  ['UpdateEnvironment', 'PATCH', ENVIRONMENT],
  ['DeleteEnvironment', 'DELETE', ENVIRONMENT],
  ['CreateConfigurationProfile', 'POST', `${APP}/configurationprofiles`],
  ['ListConfigurationProfiles', 'GET', `${APP}/configurationprofiles`],
  ['GetConfigurationProfile', 'GET', PROFILE],
  ['UpdateConfigurationProfile', 'PATCH', PROFILE],
  ['DeleteConfigurationProfile', 'DELETE', PROFILE],
  ['CreateHostedConfigurationVersion', 'POST', VERSIONS],
  ['ListHostedConfigurationVersions', 'GET', VERSIONS],
  ['GetHostedConfigurationVersion', 'GET', `${VERSIONS}/{VersionNumber}`],
  ['DeleteHostedConfigurationVersion', 'DELETE', `${VERSIONS}/{VersionNumber}`],
  ['CreateDeploymentStrategy', 'POST', '/deploymentstrategies'],
  ['ListDeploymentStrategies', 'GET', '/deploymentstrategies'],
  ['GetDeploymentStrategy', 'GET', STRATEGY],
  ['UpdateDeploymentStrategy', 'PATCH', STRATEGY],
  // AWS's own model spells this one path so.
  ['DeleteDeploymentStrategy', 'DELETE', '/deployementstrategies/{DeploymentStrategyId}'],
  ['StartDeployment', 'POST', `${ENVIRONMENT}/deployments`],
  ['ListDeployments', 'GET', `${ENVIRONMENT}/deployments`],
  ['GetDeployment', 'GET', `${ENVIRONMENT}/deployments/{DeploymentNumber}`],
  ['StopDeployment', 'DELETE', `${ENVIRONMENT}/deployments/{DeploymentNumber}`],
  ['ListTagsForResource', 'GET', '/tags/{ResourceArn}'],
  ['TagResource', 'POST', '/tags/{ResourceArn}'],
  ['UntagResource', 'DELETE', '/tags/{ResourceArn}'],
] as const;

export type OperationName = (typeof ROUTES)[number][0];

export interface Route {
  readonly operation: OperationName;
  /** The labels of the path, decoded. */
  readonly labels: ReadonlyMap<string, string>;
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Not a valid percent-encoding: no route.
    return undefined;
  }
}

function labelsOf(template: string, segments: readonly string[]): ReadonlyMap<string, string> | undefined {
  const parts = template.split('/');
  if (parts.length !== segments.length) return undefined;
  const labels = new Map<string, string>();
  for (const [index, part] of parts.entries()) {
    const value = decoded(segments[index] ?? '');
    if (value === undefined) return undefined;
    if (part.startsWith('{')) labels.set(part.slice(1, -1), value);
    else if (part !== value) return undefined;
  }
  return labels;
}

/** An ARN holds slashes; clients should encode them and some do not. */
function segmentsOf(path: string): readonly string[] {
  if (path.startsWith('/tags/')) return ['', 'tags', path.slice('/tags/'.length)];
  return path.replace(/\/$/, '').split('/');
}

export function routeOf(method: string, path: string): Route | undefined {
  const segments = segmentsOf(path);
  for (const [operation, wanted, template] of ROUTES) {
    if (wanted !== method) continue;
    const labels = labelsOf(template, segments);
    if (labels !== undefined) return { operation, labels };
  }
  return undefined;
}

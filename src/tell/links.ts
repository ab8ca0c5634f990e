/** Where a person can look: the deployment in AWS's console, and what the policy file links. */
import type { Deployment, DeploymentRef } from '../core/deployment.ts';
import type { Notice } from '../core/notice.ts';
import { fillTemplate } from '../lib/template.ts';

export interface LinkTemplate {
  readonly text: string;
  /** May hold places such as `{{deployment.application}}`. */
  readonly url: string;
}

/** The console of a region's partition. */
function consoleOf(region: string): string {
  if (region.startsWith('cn-')) return `${region}.console.amazonaws.cn`;
  return region.startsWith('us-gov-') ? `${region}.console.amazonaws-us-gov.com` : `${region}.console.aws.amazon.com`;
}

/** The environment with its deployments. AWS documents no address of a single one. */
export function consoleUrl({ region, applicationId, environmentId }: DeploymentRef): string {
  const path = ['applications', applicationId, 'environments', environmentId].map(encodeURIComponent).join('/');
  return `https://${consoleOf(region)}/systems-manager/appconfig/${path}?region=${encodeURIComponent(region)}`;
}

/** Names are chosen by people: none of them changes where a link leads. */
export function linksTo(deployment: Deployment, templates: readonly LinkTemplate[]): Notice['links'] {
  const filled = templates.map(({ text, url }) => ({
    text: fillTemplate(text, deployment),
    url: fillTemplate(url, deployment, encodeURIComponent),
  }));
  return [{ text: 'AWS console', url: consoleUrl(deployment.ref) }, ...filled];
}

/** Which alerts a `where` picks for one deployment; pure. */
import type { Alert, StandingAlert } from '../../core/alert.ts';
import type { Deployment } from '../../core/deployment.ts';
import { globOf, globTest } from '../../lib/glob.ts';
import { fillTemplate } from '../../lib/template.ts';
import type { WebhookOptions } from './options.ts';

type Test = (text: string) => boolean;
type Where = WebhookOptions['where'];

/** What a deployment is called stands for itself, whatever characters are in it. */
function testOf(globs: readonly string[], deployment: Deployment): Test {
  const tests = globs.map((glob) => globTest(fillTemplate(glob, deployment, globOf)));
  return (text) => tests.some((fits) => fits(text));
}

/** Whether an alert is about this deployment, whatever its state. */
export function concerns({ name, labels = {} }: Where, deployment: Deployment): (alert: Alert) => boolean {
  const fitsName = name === undefined ? () => true : testOf(name, deployment);
  const wanted = Object.entries(labels).map(([key, globs]) => ({ key, fits: testOf(globs, deployment) }));
  return (alert) =>
    fitsName(alert.name) &&
    wanted.every(({ key, fits }) => Object.hasOwn(alert.labels, key) && fits(alert.labels[key] ?? ''));
}

/** Whether an alert stands in a state that counts. */
export function rings({ status }: Where, deployment: Deployment): (standing: StandingAlert) => boolean {
  if (status === undefined) return ({ alert }) => alert.state === 'firing';
  const fits = testOf(status, deployment);
  return ({ alert }) => fits(alert.status);
}

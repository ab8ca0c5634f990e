/** Which alerts a `where` picks for one deployment, or may pick for one that is not known yet; pure. */
import type { Alert, StandingAlert } from '../../core/alert.ts';
import type { Deployment, DeploymentPlace } from '../../core/deployment.ts';
import { globOf, globTest } from '../../lib/glob.ts';
import { fillTemplate, fillTemplateAt } from '../../lib/template.ts';
import type { WebhookOptions } from './options.ts';

type Test = (text: string) => boolean;
type Where = WebhookOptions['where'];
type Fill = (template: string) => string;

/** What a deployment is called stands for itself, whatever characters are in it. */
const fillFor =
  (deployment: Deployment): Fill =>
  (template) =>
    fillTemplate(template, deployment, globOf);

/** What is not known of a deployment may be anything. */
const fillAt =
  (place: DeploymentPlace): Fill =>
  (template) =>
    fillTemplateAt(template, place, globOf, '*');

function testOf(globs: readonly string[], fill: Fill): Test {
  const tests = globs.map((glob) => globTest(fill(glob)));
  return (text) => tests.some((fits) => fits(text));
}

function concernsBy({ name, labels = {} }: Where, fill: Fill): (alert: Alert) => boolean {
  const fitsName = name === undefined ? () => true : testOf(name, fill);
  const wanted = Object.entries(labels).map(([key, globs]) => ({ key, fits: testOf(globs, fill) }));
  return (alert) =>
    fitsName(alert.name) &&
    wanted.every(({ key, fits }) => Object.hasOwn(alert.labels, key) && fits(alert.labels[key] ?? ''));
}

function ringsBy({ status }: Where, fill: Fill): (standing: StandingAlert) => boolean {
  if (status === undefined) return ({ alert }) => alert.state === 'firing';
  const fits = testOf(status, fill);
  return ({ alert }) => fits(alert.status);
}

/** Whether an alert is about this deployment, whatever its state. */
export function concerns(where: Where, deployment: Deployment): (alert: Alert) => boolean {
  return concernsBy(where, fillFor(deployment));
}

/** Whether an alert stands in a state that counts. */
export function rings(where: Where, deployment: Deployment): (standing: StandingAlert) => boolean {
  return ringsBy(where, fillFor(deployment));
}

/** Whether an alert may count for some deployment at that place. */
export function mayRing(where: Where, place: DeploymentPlace): (standing: StandingAlert) => boolean {
  const fill = fillAt(place);
  const isOurs = concernsBy(where, fill);
  const isRinging = ringsBy(where, fill);
  return (standing) => isOurs(standing.alert) && isRinging(standing);
}

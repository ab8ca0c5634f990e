/** Each format of hooks with messages of its tool; a new one needs its entry here. */
import { fixture, formatOf, messageOf, pagerdutySignature } from '../hooks/support/open.ts';
import { notification, signed, signer } from '../hooks/support/sns.ts';
import type { HookSubject } from './hook.ts';

const plain = (kind: string, firing: string, resolved: string) => async (): Promise<HookSubject> => ({
  open: () => formatOf(kind),
  firing: messageOf(firing),
  resolved: messageOf(resolved),
});

/** One alert in its two states. */
function states(name: string): readonly [string, string] {
  const body = JSON.parse(fixture(name));
  const [alert] = body.alerts;
  const over = { ...alert, status: 'resolved', endsAt: '2026-11-22T12:03:00Z' };
  return [JSON.stringify({ ...body, alerts: [alert] }), JSON.stringify({ ...body, alerts: [over] })];
}

async function snsSubject(): Promise<HookSubject> {
  const by = signer();
  const access = { fetchCertificate: async () => by.pem, confirmSubscription: async () => {} };
  const alarm = fixture('queue.alarm');
  const message = (text: string) => messageOf(JSON.stringify(signed(by, notification(text), '2')));
  return {
    open: () => formatOf('sns', {}, access),
    firing: message(alarm),
    resolved: message(alarm.replace('"NewStateValue": "ALARM"', '"NewStateValue": "OK"')),
  };
}

async function pagerdutySubject(): Promise<HookSubject> {
  const raw = Buffer.from(fixture('pagerduty.triggered'));
  const common = await plain('pagerduty', fixture('pagerduty.triggered'), fixture('pagerduty.resolved'))();
  return { ...common, signed: { raw, headers: { 'x-pagerduty-signature': pagerdutySignature(raw) } } };
}

const checks = (status: string) => JSON.stringify({ checks: [{ id: 'smoke', status }] });

export const hookSubjects: Readonly<Record<string, () => Promise<HookSubject>>> = {
  alertmanager: plain('alertmanager', ...states('alertmanager.firing')),
  grafana: plain('grafana', ...states('grafana.firing')),
  sns: snsSubject,
  eventbridge: plain(
    'eventbridge',
    fixture('eventbridge.alarm'),
    fixture('eventbridge.alarm').replace('"value": "ALARM"', '"value": "OK"'),
  ),
  datadog: plain('datadog', fixture('datadog.triggered'), fixture('datadog.recovered')),
  pagerduty: pagerdutySubject,
  opsgenie: plain('opsgenie', fixture('opsgenie.create'), fixture('opsgenie.close')),
  generic: plain('generic', checks('down'), checks('up')),
};

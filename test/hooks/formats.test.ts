/**
 * What each format makes of what its tool sends: payloads as the tools document them, and the whole delivery. Those with nulls
 * and nanoseconds have the shape of payloads that public projects recorded, with other values.
 */
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../src/core/failure.ts';
import { readQueued } from '../../src/queues/read.ts';
import { fixture, fixtures, formatOf, messageOf, NOW } from './support/open.ts';

const { signal } = new AbortController();
const ORIGIN = { region: 'eu-central-1', account: '444455556666' };

function read(name: string, text = fixture(name)) {
  const [kind = ''] = name.split('.');
  if (kind !== 'queue') return formatOf(kind).read(messageOf(text), signal);
  return readQueued(text, { certificates: undefined, topics: undefined, origin: ORIGIN }, NOW, signal);
}

const refusal = (work: Promise<unknown>) => work.then(() => undefined, failureOf);

describe('a delivery', () => {
  it.each(fixtures)('of %s', async (name) => {
    const delivery = await read(name);
    await expect(`${JSON.stringify(delivery, null, 2)}\n`).toMatchFileSnapshot(`./golden/${name}.json`);
  });

  it.each([
    ['alertmanager.firing', 'alertmanager.mixed'],
    ['grafana.firing', 'grafana.resolved'],
    ['datadog.triggered', 'datadog.recovered'],
    ['datadog.triggered', 'datadog.no-data'],
    ['pagerduty.triggered', 'pagerduty.resolved'],
    ['pagerduty.triggered', 'pagerduty.acknowledged'],
    ['opsgenie.create', 'opsgenie.close'],
    ['eventbridge.alarm', 'eventbridge.alarm-without-data'],
    ['eventbridge.alarm', 'queue.alarm'],
  ])('of %s and of %s is about the same thing', async (one, other) => {
    const [first, second] = await Promise.all([read(one), read(other)]);
    expect(second.alerts[0]?.key).toBe(first.alerts[0]?.key);
    expect(first.alerts[0]?.key).toMatch(/./);
  });

  it('of an alert without a fingerprint is the same in whatever order its labels come', async () => {
    const body = JSON.parse(fixture('alertmanager.without-fingerprint'));
    const turned = {
      ...body.alerts[0],
      labels: Object.fromEntries(Object.entries(body.alerts[0].labels).toReversed()),
    };
    const one = await read('alertmanager.', JSON.stringify(body));
    const other = await read('alertmanager.', JSON.stringify({ ...body, alerts: [turned] }));
    expect(other.alerts[0]?.key).toBe(one.alerts[0]?.key);
  });

  it('says the same of an alarm by SNS and by EventBridge: labels, state and time', async () => {
    const [bySns, byEvent] = await Promise.all([read('queue.alarm'), read('eventbridge.alarm')]);
    const facts = ({ alerts: [alert] }: typeof bySns) => [alert?.labels, alert?.state, alert?.since, alert?.name];
    expect(facts(byEvent)).toEqual(facts(bySns));
  });
});

describe('times', () => {
  const since = async (startsAt: unknown) => {
    const body = JSON.parse(fixture('alertmanager.firing'));
    const { alerts } = await read(
      'alertmanager.',
      JSON.stringify({ ...body, alerts: [{ ...body.alerts[0], startsAt }] }),
    );
    return alerts[0]?.since;
  };

  it.each([
    ['2026-11-22T12:01:23.374+0000', Date.UTC(2026, 10, 22, 12, 1, 23, 374)],
    ['2026-11-22T13:01:23+01:00', Date.UTC(2026, 10, 22, 12, 1, 23)],
    ['2026-11-22T12:01:23.123456789Z', Date.UTC(2026, 10, 22, 12, 1, 23, 123)],
    [1_795_348_883, 1_795_348_883_000],
    ['1795348883000', 1_795_348_883_000],
    [1_795_348_883_000_000_000, 1_795_348_883_000],
  ])('%s is an instant', async (text, instant) => expect(await since(text)).toBe(instant));

  it.each(['0001-01-01T00:00:00Z', 'yesterday', '2026-13-45T99:99:99Z', '', null, true, {}, -1, 0, '9'.repeat(400)])(
    '%s is none, so that the arrival counts',
    async (text) => expect(await since(text)).toBeUndefined(),
  );

  it('later than the arrival are the fault of a clock, and count as the arrival', async () => {
    expect(await since('2099-01-01T00:00:00Z')).toBe(NOW);
  });
});

describe('a problem that comes back from being looked at', () => {
  it('of PagerDuty began when its incident did', async () => {
    const text = fixture('pagerduty.triggered').replace('incident.triggered', 'incident.unacknowledged');
    const { alerts } = await read('pagerduty.', text);
    expect(alerts[0]).toMatchObject({ state: 'firing', since: Date.UTC(2026, 10, 22, 12, 1, 50) });
  });

  it('of Opsgenie began when its alert did', async () => {
    const text = fixture('opsgenie.create').replace('"Create"', '"UnAcknowledge"');
    const [{ alerts }, created] = await Promise.all([read('opsgenie.', text), read('opsgenie.create')]);
    expect(alerts[0]).toMatchObject({ state: 'firing', since: created.alerts[0]?.since });
  });
});

describe('what is hostile', () => {
  it('is bounded: labels, their lengths, names, summaries and links', async () => {
    const body = JSON.parse(fixture('alertmanager.firing'));
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`l${at}`, 'x'.repeat(5_000)]));
    const labels = { alertname: 'n'.repeat(5_000), ...many };
    const annotations = { summary: `a\u0000\u001b[2J\n${'s'.repeat(5_000)}` };
    const alert = {
      ...body.alerts[0],
      labels,
      annotations,
      generatorURL: `https://x/${'u'.repeat(9_000)}`,
      fingerprint: 'f'.repeat(9_000),
    };
    const { alerts } = await read('alertmanager.', JSON.stringify({ ...body, alerts: [alert] }));
    const [one] = alerts;
    expect(Object.keys(one?.labels ?? {})).toHaveLength(64);
    expect(Math.max(...Object.values(one?.labels ?? {}).map((value) => value.length))).toBe(1_000);
    expect(one?.name).toHaveLength(300);
    expect(one?.key).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(one?.summary).not.toMatch(/\p{Cc}/u);
    expect(one?.summary.length).toBeLessThan(700);
    expect(one?.url).toBeUndefined();
  });

  it('of names of the prototype means nothing', async () => {
    const text = fixture('alertmanager.firing').replace(
      '"alertname": "CheckoutErrors",\n        "environment"',
      '"alertname": "CheckoutErrors", "__proto__": "polluted", "constructor": "c", "toString": "t", "environment"',
    );
    expect(text).toContain('__proto__');
    const { alerts } = await read('alertmanager.', text);
    const labels = alerts[0]?.labels ?? {};
    expect(Object.getPrototypeOf(labels)).toBeNull();
    expect(Object.hasOwn(labels, '__proto__')).toBe(false);
    expect([labels.constructor, labels.toString]).toEqual(['c', 't']);
    expect(labels.hasOwnProperty).toBeUndefined();
    expect('polluted' in {}).toBe(false);
  });

  it('in number is refused as a whole: what was left out could be the one that counts', async () => {
    const body = JSON.parse(fixture('alertmanager.firing'));
    const alerts = Array.from({ length: 5_001 }, () => body.alerts[0]);
    const failure = await refusal(read('alertmanager.', JSON.stringify({ ...body, alerts })));
    expect(failure).toMatchObject({ reason: 'malformed', message: 'alerts has more than 5000 entries' });
  });
});

describe('what is not of the format', () => {
  it.each([
    ['alertmanager.', 'grafana.firing'],
    ['grafana.', 'alertmanager.firing'],
    ['datadog.', 'opsgenie.create'],
    ['pagerduty.', 'alertmanager.firing'],
    ['opsgenie.', 'pagerduty.triggered'],
    ['generic.', 'alertmanager.firing'],
    ['eventbridge.', 'queue.alarm'],
    ['queue.', 'alertmanager.firing'],
  ])('%s refuses %s', async (kind, name) => {
    const failure = await refusal(read(kind, fixture(name)));
    expect(['malformed', 'rejected']).toContain(failure?.reason);
    expect(failure?.retryable).toBe(false);
  });

  it('a payload of Datadog that was sent with its variables in it', async () => {
    const text = '{"id": "$ALERT_ID", "transition": "$ALERT_TRANSITION", "title": "$ALERT_TITLE"}';
    expect(await refusal(read('datadog.', text))).toMatchObject({ reason: 'malformed' });
  });

  it('an event of an account that is not in the list', async () => {
    const format = formatOf('eventbridge', { accounts: ['999999999999'] });
    const failure = await refusal(format.read(messageOf(fixture('eventbridge.alarm')), signal));
    expect(failure).toMatchObject({ reason: 'rejected' });
  });

  it('an event of something else', async () => {
    const event = JSON.parse(fixture('eventbridge.alarm'));
    const text = JSON.stringify({
      ...event,
      source: 'aws.ec2',
      'detail-type': 'EC2 Instance State-change Notification',
    });
    expect(await refusal(read('eventbridge.', text))).toMatchObject({ reason: 'rejected' });
  });
});

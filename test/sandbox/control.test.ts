/** The sandbox's controls over HTTP. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { acceleratedClock } from '../../src/lib/clock.ts';
import { startSandbox } from '../../src/sandbox/index.ts';
import { ORIGIN } from './client.ts';

const reading = z.object({ origin: z.number(), realOrigin: z.number(), speed: z.number(), now: z.number() });

async function ask(url: string, path: string, init?: RequestInit): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${url}/_sandbox/${path}`, init);
  return { status: answer.status, body: await answer.json() };
}

const post = (body: string): RequestInit => ({ method: 'POST', body });

describe('GET clock', () => {
  it('gives what another process needs to live on the same time', async () => {
    await using sandbox = await startSandbox({ speed: 3_600 });
    const { body } = await ask(sandbox.url, 'clock');
    const { now, ...numbers } = reading.parse(body);
    const mine = acceleratedClock(numbers);
    expect(mine.speed).toBe(3_600);
    expect(Math.abs(mine.now() - sandbox.clock.now())).toBeLessThan(3_600 * 20);
    expect(now).toBeLessThanOrEqual(sandbox.clock.now());
  });

  it('refuses a clock and a speed, and a speed that is none', async () => {
    const clock = acceleratedClock({ origin: ORIGIN, realOrigin: ORIGIN, speed: 1 });
    await expect(startSandbox({ clock, speed: 2 })).rejects.toThrow('not both');
    await expect(startSandbox({ speed: 0 })).rejects.toThrow('above 0');
  });
});

describe('faults', () => {
  it('are posted one or several, listed, removed and cleared', async () => {
    await using sandbox = await startSandbox();
    expect(await ask(sandbox.url, 'faults', post('{"kind":"reset"}'))).toEqual({
      status: 201,
      body: { ids: ['fault-1'] },
    });
    const several = '[{"kind":"latency","ms":5},{"kind":"throttling","operation":"StopDeployment","count":2}]';
    expect((await ask(sandbox.url, 'faults', post(several))).body).toEqual({ ids: ['fault-2', 'fault-3'] });
    expect((await ask(sandbox.url, 'faults/fault-1', { method: 'DELETE' })).status).toBe(200);
    expect((await ask(sandbox.url, 'faults/fault-1', { method: 'DELETE' })).status).toBe(404);
    expect((await ask(sandbox.url, 'faults')).body).toEqual({
      faults: [
        { id: 'fault-2', kind: 'latency', ms: 5 },
        { id: 'fault-3', kind: 'throttling', operation: 'StopDeployment', count: 2 },
      ],
    });
    expect((await ask(sandbox.url, 'faults', { method: 'DELETE' })).body).toEqual({ removed: ['fault-2', 'fault-3'] });
    expect(sandbox.faults.list()).toEqual([]);
  });

  it.each([
    ['not JSON', '{', 'not JSON'],
    ['an unknown kind', '{"kind":"explode"}', 'kind'],
    ['an unknown key', '{"kind":"reset","times":2}', 'times'],
    ['a count of nothing', '{"kind":"reset","count":0}', 'count'],
    ['latency without a length', '{"kind":"latency"}', 'latency needs \\"ms\\"'],
    ['an empty list', '[]', 'expected array to have >=1 items'],
    ['one bad rule among good ones', '[{"kind":"reset"},{"kind":"late-datapoints"}]', 'late-datapoints needs'],
  ])('refuse %s and add nothing', async (_what, body, told) => {
    await using sandbox = await startSandbox();
    const answer = await ask(sandbox.url, 'faults', post(body));
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(told);
    expect(sandbox.faults.list()).toEqual([]);
  });
});

it('says what there is where there is nothing', async () => {
  await using sandbox = await startSandbox();
  const { status, body } = await ask(sandbox.url, 'nothing');
  expect(status).toBe(404);
  expect(JSON.stringify(body)).toContain('GET clock');
  expect((await ask(sandbox.url, 'requests')).body).toEqual({ requests: [] });
});

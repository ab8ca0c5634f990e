/** Whatever comes in: a FailureError or a bounded delivery, and never an alert out of what does not belong to the format. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/core/alert.ts';
import { FailureError } from '../../src/core/failure.ts';
import type { Json } from '../../src/core/json.ts';
import { jsonOf, tooDeep, utf8 } from '../../src/hooks/reading/json.ts';
import { readQueued } from '../../src/queues/read.ts';
import { FORMATS, fixture, fixtures, formatOf, messageOf, NOW } from './support/open.ts';
import { notification, type Signer, signed, signer } from './support/sns.ts';

const { signal } = new AbortController();
const reading = { certificates: undefined, topics: undefined, origin: {} };
let sns: Signer;
beforeAll(() => {
  sns = signer();
});

const access = {
  fetchCertificate: async () => sns.pem,
  confirmSubscription: async (url: URL) => {
    throw new Error(`nothing was to be confirmed: ${url}`);
  },
};

/** Every way in, by the kind its fixtures are named after. SNS is given what it has signed. */
const READERS: Readonly<Record<string, (text: string) => Promise<Delivery>>> = {
  ...Object.fromEntries(
    FORMATS.map(({ kind }) => [kind, (text: string) => formatOf(kind, {}, access).read(messageOf(text), signal)]),
  ),
  'what sns signed': (text) => {
    const envelope = JSON.stringify(signed(sns, notification(text)));
    return formatOf('sns', {}, access).read(messageOf(envelope), signal);
  },
  queue: (text) => readQueued(text, reading, NOW, signal),
};

async function outcome(read: (text: string) => Promise<Delivery>, text: string): Promise<Delivery | undefined> {
  try {
    return await read(text);
  } catch (error) {
    expect(error).toBeInstanceOf(FailureError);
    return undefined;
  }
}

function bounded({ alerts, deployments, note = '' }: Delivery): void {
  expect(alerts.length).toBeLessThanOrEqual(5_000);
  expect(deployments.length).toBeLessThanOrEqual(1);
  expect(note.length).toBeLessThan(500);
  for (const { key, name, state, status, labels, since, summary, url = '' } of alerts) {
    expect(key.length > 0 && key.length <= 200).toBe(true);
    expect(name.length <= 300 && status.length <= 1_000 && summary.length <= 5_000 && url.length <= 9_000).toBe(true);
    expect(['firing', 'resolved', 'other']).toContain(state);
    expect(`${status}${summary}`).not.toMatch(/\p{Cc}/u);
    expect(Object.getPrototypeOf(labels)).toBeNull();
    expect(Object.entries(labels).length).toBeLessThanOrEqual(64);
    expect(since === undefined || (Number.isInteger(since) && since <= NOW)).toBe(true);
    expect(url === '' || /^https?:\/\//.test(url)).toBe(true);
  }
}

const KEYS = fixtures.flatMap((name) => [...fixture(name).matchAll(/"([\w-]+)":/g)].map(([, key = '']) => key));
const keys = fc.oneof(fc.constantFrom(...new Set(KEYS), '__proto__', 'constructor', 'toString'), fc.string());
const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('firing', 'ALARM', '4', '1', 'Notification', 'aws.cloudwatch', 'OnDeploymentStart', '$', null, true),
  fc.double(),
  fc.integer(),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 5 }, leaf, tie('list'), tie('map')),
  list: fc.array(tie('tree'), { maxLength: 4 }),
  map: fc.dictionary(keys, tie('tree'), { maxKeys: 8 }),
}));

type Path = readonly (string | number)[];

function paths(json: Json, at: Path = []): readonly Path[] {
  if (typeof json !== 'object' || json === null) return [at];
  return [at, ...Object.entries(json).flatMap(([key, inner]) => paths(inner ?? null, [...at, key]))];
}

/** The same JSON with something else at a path. */
function replaced(json: Json, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  if (typeof json !== 'object' || json === null) return json;
  const entries = Object.entries(json).map(([name, inner]) => [
    name,
    name === String(key) ? replaced(inner ?? null, rest, by) : inner,
  ]);
  return Array.isArray(json) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

describe.each(Object.entries(READERS))('%s', (kind, read) => {
  it('takes arbitrary text for nothing', () =>
    fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
        expect(await outcome(read, text)).toBeUndefined();
      }),
    ));

  it('takes arbitrary JSON for nothing, or for something bounded', () =>
    fc.assert(
      fc.asyncProperty(tree, async (json) => {
        const delivery = await outcome(read, JSON.stringify(json));
        if (delivery !== undefined) bounded(delivery);
      }),
    ));

  const own = fixtures.filter((name) => name.startsWith(`${kind === 'what sns signed' ? 'queue' : kind}.`));

  it('takes a good message with one piece replaced for nothing, or for something bounded', () => {
    // What SNS did not sign is in none of them: all of it is refused.
    const change = fc.constantFrom(...(own.length > 0 ? own : fixtures)).chain((name) => {
      const json: Json = JSON.parse(fixture(name));
      return fc.tuple(fc.constant(json), fc.constantFrom(...paths(json)), tree);
    });
    return fc.assert(
      fc.asyncProperty(change, async ([json, path, by]) => {
        const delivery = await outcome(read, JSON.stringify(replaced(json, path, by)) ?? '');
        if (delivery !== undefined) bounded(delivery);
      }),
      { numRuns: 300 },
    );
  });

  it('never makes an alert of another tool’s message', async () => {
    const others = fixtures.filter((name) => !own.includes(name) && !name.startsWith('queue.'));
    for (const name of kind === 'queue' || kind === 'what sns signed'
      ? others.filter((one) => !one.startsWith('eventbridge'))
      : others) {
      expect(await outcome(read, fixture(name)), name).toBeUndefined();
    }
  });
});

describe('the depth of JSON', () => {
  it('is what a parser that counts finds', () => {
    const depth = (json: unknown): number =>
      typeof json !== 'object' || json === null ? 0 : 1 + Math.max(0, ...Object.values(json).map(depth));
    fc.assert(
      fc.property(tree, fc.nat({ max: 6 }), (json, most) => {
        expect(tooDeep(Buffer.from(JSON.stringify(json)), most)).toBe(depth(JSON.parse(JSON.stringify(json))) > most);
      }),
    );
  });

  it.each(['[', '{"a":', '[{"":', '{"\\"[":['])('costs next to nothing to find for a mebibyte of %s', (piece) => {
    const bytes = Buffer.from(piece.repeat(1_048_576 / piece.length));
    const started = performance.now();
    for (let at = 0; at < 100; at++) expect(tooDeep(bytes)).toBe(true);
    expect(performance.now() - started).toBeLessThan(200);
    expect(() => jsonOf(bytes.toString(), bytes)).toThrow('nested deeper than 32 levels');
  });

  it('of brackets in texts does not count', () => expect(jsonOf(`["${'['.repeat(1_000)}"]`)).toHaveLength(1));

  it('is not asked of what is no UTF-8', () => {
    expect(() => utf8(Buffer.from([0x22, 0xff, 0x22]))).toThrow(FailureError);
    expect(utf8(Buffer.from([0xef, 0xbb, 0xbf, 0x31]))).toBe('1');
  });
});

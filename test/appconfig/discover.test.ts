/** Discovery against an AppConfig in memory: what it finds, what it asks, what it tells when it cannot read. */
import { expect, test } from 'vitest';
import { type DiscoverOptions, discoverer, type IsMeant, type Part, type Seen } from '../../src/appconfig/discover.ts';
import type { AppConfigPort } from '../../src/appconfig/port.ts';
import { FailureError, type FailureReason } from '../../src/core/failure.ts';
import { drivenClock } from '../../src/lib/clock.ts';
import { failed } from './support/model.ts';

const MINUTE = 60_000;
const SIGNAL = new AbortController().signal;

type DeploymentSummary = Awaited<ReturnType<AppConfigPort['newestDeployments']>>[number];

interface Place {
  readonly state: string;
  readonly deployments?: readonly DeploymentSummary[];
}

/** Applications, by name, with their environments; ids are the names with a sign in front. */
type Everything = Record<string, Record<string, Place>>;

const one = (state: string, number = 1): DeploymentSummary => ({ number, state, type: 'USER' });

/** What a search saw, together. */
function sightings() {
  const seen: Seen[] = [];
  const all = (): Seen => ({
    found: seen.flatMap(({ found }) => found),
    ended: seen.flatMap(({ ended }) => ended),
  });
  return { onSeen: (one: Seen) => void seen.push(one), all };
}

function discovery(everything: Everything, change: Partial<DiscoverOptions> = {}) {
  const asked: string[] = [];
  const broken = new Map<string, FailureReason>();
  const slow = new Map<string, Promise<void>>();
  const ask = async (what: string) => {
    asked.push(what);
    await slow.get(what);
    const reason = broken.get(what);
    if (reason !== undefined) throw new FailureError(failed(reason, what));
  };
  const never = () => Promise.reject(new Error('discovery has no business here'));
  const port: AppConfigPort = {
    async listApplications() {
      await ask('applications');
      return Object.keys(everything).map((name) => ({ id: `#${name}`, name }));
    },
    async listEnvironments(id) {
      await ask(`environments ${id}`);
      const places = everything[id.slice(1)] ?? {};
      return Object.entries(places).map(([name, { state }]) => ({ id: `@${name}`, name, state }));
    },
    async newestDeployments(application, environment) {
      await ask(`deployments ${application}/${environment}`);
      return everything[application.slice(1)]?.[environment.slice(1)]?.deployments ?? [];
    },
    deploymentsSince: never,
    getDeployment: never,
    stopDeployment: never,
    tagsOf: never,
  };
  const clock = drivenClock(0);
  const find = discoverer({
    target: 'main',
    region: 'eu-west-1',
    port,
    clock,
    sweep: MINUTE,
    applicationsEvery: 5 * MINUTE,
    newestOver: new Map(),
    wantsApplication: () => true,
    wantsEnvironment: () => true,
    ...change,
  });
  return {
    clock,
    broken,
    slow,
    find,
    async pass() {
      asked.length = 0;
      const { onSeen, all } = sightings();
      const gaps = await find.pass(SIGNAL, onSeen);
      const { found, ended } = all();
      const names = found.map(
        ({ application, environment, ref }) => `${application.name}/${environment.name}/${ref.number}`,
      );
      return { found, names, ended, gaps, asked: [...asked] };
    },
    async among(isMeant: IsMeant) {
      asked.length = 0;
      const { onSeen, all } = sightings();
      const gaps = await find.among(isMeant, SIGNAL, onSeen);
      return { numbers: all().found.map(({ ref }) => ref.number), gaps, asked: [...asked] };
    },
  };
}

test('what runs is found, with its place and type', async () => {
  const { pass } = discovery({
    shop: { prod: { state: 'DEPLOYING', deployments: [one('DEPLOYING', 7), one('COMPLETE', 6)] } },
  });
  const { found, gaps } = await pass();
  expect(gaps).toEqual([]);
  expect(found).toEqual([
    {
      ref: { target: 'main', region: 'eu-west-1', applicationId: '#shop', environmentId: '@prod', number: 7 },
      application: { id: '#shop', name: 'shop' },
      environment: { id: '@prod', name: 'prod' },
      type: 'USER',
    },
  ]);
});

test.each([
  ['VALIDATING', true],
  ['DEPLOYING', true],
  ['BAKING', true],
  ['PAUSED_OF_TOMORROW', true],
  ['COMPLETE', false],
  ['ROLLING_BACK', false],
  ['ROLLED_BACK', false],
  ['REVERTED', false],
])('a deployment in %s is taken up: %s', async (state, taken) => {
  const { pass } = discovery({ shop: { prod: { state: 'DEPLOYING', deployments: [one(state)] } } });
  expect((await pass()).names).toEqual(taken ? ['shop/prod/1'] : []);
});

test('quiet environments are listed at the first pass and with every sweep, deploying ones always', async () => {
  const { pass, clock } = discovery({
    shop: {
      prod: { state: 'DEPLOYING', deployments: [one('DEPLOYING')] },
      test: { state: 'READY_FOR_DEPLOYMENT', deployments: [one('BAKING')] },
      odd: { state: 'STATE_OF_TOMORROW' },
    },
  });
  const first = await pass();
  expect(first.names).toEqual(['shop/prod/1', 'shop/test/1']);
  const lists = (asked: readonly string[]) => asked.filter((what) => what.startsWith('deployments')).sort();
  const [odd, prod, quiet] = ['deployments #shop/@odd', 'deployments #shop/@prod', 'deployments #shop/@test'];
  expect(lists(first.asked)).toEqual([odd, prod, quiet]);
  await clock.advance(MINUTE - 1);
  expect(lists((await pass()).asked)).toEqual([odd, prod]);
  await clock.advance(1);
  expect(lists((await pass()).asked)).toEqual([odd, prod, quiet]);
});

test('the list of applications is read anew only after applicationsEvery', async () => {
  const { pass, clock } = discovery({ shop: { prod: { state: 'DEPLOYING' } } });
  expect((await pass()).asked).toContain('applications');
  await clock.advance(5 * MINUTE - 1);
  expect((await pass()).asked).not.toContain('applications');
  await clock.advance(1);
  expect((await pass()).asked).toContain('applications');
});

test('what no policy could want is not asked for', async () => {
  const everything = {
    shop: { prod: { state: 'DEPLOYING' }, test: { state: 'DEPLOYING' } },
    other: { prod: { state: 'DEPLOYING' } },
  };
  const { pass } = discovery(everything, {
    wantsApplication: ({ name }) => name === 'shop',
    wantsEnvironment: (_, { name }) => name === 'prod',
  });
  expect((await pass()).asked).toEqual(['applications', 'environments #shop', 'deployments #shop/@prod']);
});

test('one application and one environment that cannot be read are gaps, and the rest is found', async () => {
  const running = { state: 'DEPLOYING', deployments: [one('DEPLOYING')] };
  const { pass, broken } = discovery({ a: { prod: running }, b: { prod: running, test: running } });
  broken.set('environments #a', 'unavailable');
  broken.set('deployments #b/@test', 'throttled');
  const { names, gaps } = await pass();
  expect(names).toEqual(['b/prod/1']);
  expect(gaps.map(({ what, failure }) => [what, failure.reason])).toEqual([
    ['environments of application a', 'unavailable'],
    ['deployments of b/test', 'throttled'],
  ]);
});

test('environments that cannot be listed do not take the turns of the others', async () => {
  const quiet = { state: 'READY_FOR_DEPLOYMENT', deployments: [] };
  const names = ['a', 'b', 'c', 'd'].map((name) => `denied-${name}`);
  const everything = {
    shop: {
      ...Object.fromEntries(names.map((name) => [name, quiet])),
      test: { state: 'READY_FOR_DEPLOYMENT', deployments: [one('BAKING')] },
    },
  };
  const { pass, broken } = discovery(everything, { sweepsPerPass: 2 });
  for (const name of names) broken.set(`deployments #shop/@${name}`, 'auth');
  const found = [];
  for (let passes = 0; passes < 3; passes++) found.push(...(await pass()).names);
  expect(found).toEqual(['shop/test/1']);
});

test('what could be read is told, and nothing else', async () => {
  const answered: string[] = [];
  const running = { state: 'DEPLOYING', deployments: [one('DEPLOYING')] };
  const onAnswered = ({ what }: Part) => void answered.push(what);
  const { pass, broken } = discovery({ a: { prod: running }, b: { prod: running, test: running } }, { onAnswered });
  broken.set('environments #a', 'unavailable');
  broken.set('deployments #b/@test', 'throttled');
  await pass();
  expect(answered).toEqual(['the list of applications', 'environments of application b', 'deployments of b/prod']);
});

test('a sweep that failed is made again at the next pass', async () => {
  const { pass, broken, clock } = discovery({
    shop: { test: { state: 'READY_FOR_DEPLOYMENT', deployments: [one('BAKING')] } },
  });
  broken.set('deployments #shop/@test', 'timeout');
  expect((await pass()).names).toEqual([]);
  broken.clear();
  await clock.advance(15_000);
  expect((await pass()).names).toEqual(['shop/test/1']);
});

test('applications that cannot be listed fail the pass, and are asked for again at the next', async () => {
  const { pass, broken } = discovery({ shop: { prod: { state: 'DEPLOYING', deployments: [one('DEPLOYING')] } } });
  broken.set('applications', 'auth');
  await expect(pass()).rejects.toMatchObject({ failure: { reason: 'auth' } });
  broken.clear();
  expect((await pass()).names).toEqual(['shop/prod/1']);
});

test.each([
  ['unavailable', true],
  ['network', true],
  ['timeout', true],
  ['auth', true],
  ['throttled', false],
  ['not-found', false],
] as const)('no application answering (%s) means that the target does not: %s', async (reason, unreachable) => {
  const { pass, broken } = discovery({ a: { prod: { state: 'DEPLOYING' } }, b: { prod: { state: 'DEPLOYING' } } });
  await pass();
  broken.set('environments #a', reason);
  expect((await pass()).gaps).toHaveLength(1);
  broken.set('environments #b', reason);
  if (unreachable) await expect(pass()).rejects.toMatchObject({ failure: { reason } });
  else expect((await pass()).gaps).toHaveLength(2);
});

test('applications that can no longer be listed leave a gap, and what was known of them is looked through on', async () => {
  const shop = { prod: { state: 'DEPLOYING', deployments: [one('DEPLOYING', 7)] } };
  const { pass, broken, clock } = discovery({ shop });
  await pass();
  broken.set('applications', 'auth');
  await clock.advance(5 * MINUTE);
  expect(await pass()).toMatchObject({
    names: ['shop/prod/7'],
    gaps: [{ what: 'the list of applications', failure: { reason: 'auth' } }],
  });
  broken.set('environments #shop', 'network');
  await expect(pass()).rejects.toMatchObject({ failure: { reason: 'auth' } });
  broken.clear();
  expect((await pass()).gaps).toEqual([]);
});

test('a target without applications is reachable and empty', async () => {
  const { pass } = discovery({});
  expect(await pass()).toMatchObject({ found: [], gaps: [] });
  expect(await pass()).toMatchObject({ found: [], gaps: [] });
});

test('a deployment that came and went between two looks is listed as ended, once', async () => {
  const deployments: DeploymentSummary[] = [{ ...one('COMPLETE', 3), startedAt: -MINUTE }];
  const { pass, clock } = discovery({ shop: { prod: { state: 'READY_FOR_DEPLOYMENT', deployments } } });
  expect((await pass()).ended).toEqual([]);
  deployments.unshift({ ...one('COMPLETE', 4), startedAt: MINUTE / 2 });
  await clock.advance(MINUTE);
  expect((await pass()).ended).toMatchObject([
    { application: { name: 'shop' }, environment: { name: 'prod' }, ref: { number: 4 }, state: 'COMPLETE' },
  ]);
  await clock.advance(MINUTE);
  expect((await pass()).ended).toEqual([]);
});

test('one that was found while it ran is listed as ended once its rollback is over', async () => {
  const deployments: DeploymentSummary[] = [one('DEPLOYING', 4), one('COMPLETE', 3)];
  const { pass, clock } = discovery({ shop: { prod: { state: 'DEPLOYING', deployments } } });
  const next = async (state: string) => {
    deployments[0] = one(state, 4);
    await clock.advance(MINUTE);
    const { names, ended } = await pass();
    return [names, ended.map(({ ref, state: last }) => `${ref.number} ${last}`)];
  };
  expect((await pass()).ended.map(({ ref }) => ref.number)).toEqual([3]);
  expect(await next('BAKING')).toEqual([['shop/prod/4'], []]);
  expect(await next('ROLLING_BACK')).toEqual([[], []]);
  expect(await next('ROLLED_BACK')).toEqual([[], ['4 ROLLED_BACK']]);
  expect(await next('ROLLED_BACK')).toEqual([[], []]);
});

test('quiet environments take turns when they are more than a pass may list; a deploying one never waits', async () => {
  const quiet = Object.fromEntries(Array.from({ length: 7 }, (_, n) => [`q${n}`, { state: 'READY_FOR_DEPLOYMENT' }]));
  const busy = { prod: { state: 'DEPLOYING', deployments: [one('DEPLOYING')] } };
  const { pass, clock } = discovery({ shop: { ...quiet, ...busy } }, { sweepsPerPass: 3 });
  const listed: string[] = [];
  for (let turn = 0; turn < 3; turn++) {
    const { asked, names } = await pass();
    expect(names).toEqual(['shop/prod/1']);
    listed.push(...asked.filter((what) => what.startsWith('deployments #shop/@q')));
    await clock.advance(1_000);
  }
  expect(new Set(listed).size).toBe(7);
  expect(listed).toHaveLength(7);
});

test('a deployment that came and went over a reload is told by the discovery that comes after it', async () => {
  const newestOver = new Map<string, number>();
  const deployments: DeploymentSummary[] = [{ ...one('COMPLETE', 3), startedAt: -MINUTE }];
  const shop = { shop: { prod: { state: 'READY_FOR_DEPLOYMENT', deployments } } };
  expect((await discovery(shop, { newestOver }).pass()).ended).toEqual([]);
  deployments.unshift(one('COMPLETE', 4));
  expect((await discovery(shop, { newestOver }).pass()).ended).toMatchObject([{ ref: { number: 4 } }]);
});

test('forgets environments and applications that are gone, and only those', async () => {
  const newestOver = new Map<string, number>();
  const place = { state: 'DEPLOYING', deployments: [one('DEPLOYING')] };
  const everything: Everything = { a: { x: place, y: place }, b: { x: place }, c: { x: place } };
  newestOver.set('other/#b/@x', 7);
  const shop = discovery(everything, { newestOver });
  await shop.pass();
  expect(newestOver.size).toBe(5);
  delete everything.a?.y;
  delete everything.b;
  shop.broken.set('environments #c', 'timeout');
  await shop.clock.advance(5 * MINUTE);
  await shop.pass();
  expect([...newestOver.keys()]).toEqual(['other/#b/@x', 'main/#a/@x', 'main/#c/@x']);
});

test('an environment whose deployment is followed is listed by the sweep only, once it was listed at all', async () => {
  let followed = true;
  const deployments = [one('DEPLOYING', 7)];
  const { pass, clock } = discovery(
    { shop: { prod: { state: 'DEPLOYING', deployments } } },
    { isFollowed: () => followed },
  );
  const lists = async () => (await pass()).asked.filter((what) => what.startsWith('deployments')).length;
  // Followed by a former life: the policies may be others now.
  expect(await lists()).toBe(1);
  await clock.advance(15_000);
  expect(await lists()).toBe(0);
  await clock.advance(45_000);
  expect(await lists()).toBe(1);
  followed = false;
  expect(await lists()).toBe(1);
});

test('among what is meant everything that is not followed is listed, quiet ones too', async () => {
  const { pass, among } = discovery(
    {
      checkout: {
        prod: { state: 'READY_FOR_DEPLOYMENT', deployments: [one('BAKING', 7)] },
        canary: { state: 'DEPLOYING', deployments: [one('DEPLOYING', 8)] },
        followed: { state: 'DEPLOYING', deployments: [one('DEPLOYING', 9)] },
        other: { state: 'DEPLOYING', deployments: [one('DEPLOYING', 10)] },
      },
      payment: { prod: { state: 'DEPLOYING', deployments: [one('DEPLOYING', 11)] } },
    },
    { isFollowed: (_, environment) => environment === '@followed' },
  );
  await pass();
  const found = await among(({ name }, environment) => name === 'checkout' && environment?.name !== 'other');
  expect(found.numbers.toSorted()).toEqual([7, 8]);
  expect(found.asked).toEqual([
    'environments #checkout',
    'deployments #checkout/@canary',
    'deployments #checkout/@prod',
  ]);
});

test('of many quiet ones that are meant no more are listed at once than in a pass, and what fails is a gap', async () => {
  const quiet = Object.fromEntries(
    Array.from({ length: 30 }, (_, at) => [`e${at}`, { state: 'READY_FOR_DEPLOYMENT' }]),
  );
  const { among, broken } = discovery({ checkout: quiet }, { sweepsPerPass: 20 });
  const lists = (asked: readonly string[]) => asked.filter((what) => what.startsWith('deployments'));
  const first = lists((await among(() => true)).asked);
  expect(first.length).toBe(20);
  const second = lists((await among(() => true)).asked);
  expect(second.slice(0, 10).filter((what) => first.includes(what))).toEqual([]);
  broken.set('environments #checkout', 'throttled');
  expect((await among(() => true)).gaps.map(({ failure }) => failure.reason)).toEqual(['throttled']);
});

test('a slow answer about one application holds up nothing that another one shows', async () => {
  const { find, slow } = discovery({
    slow: { prod: { state: 'DEPLOYING', deployments: [one('DEPLOYING', 1)] } },
    shop: { prod: { state: 'DEPLOYING', deployments: [one('DEPLOYING', 7)] } },
  });
  const answer = Promise.withResolvers<void>();
  slow.set('environments #slow', answer.promise);
  const { onSeen, all } = sightings();
  const over = find.pass(SIGNAL, onSeen);
  const numbers = () => all().found.map(({ ref }) => ref.number);
  await expect.poll(numbers).toEqual([7]);
  answer.resolve();
  expect(await over).toEqual([]);
  expect(numbers()).toEqual([7, 1]);
});

/** POST /hooks/NAME: what other systems send. Who is not known costs little and locks out nobody who is. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Duration } from '../core/time.ts';
import { allowances } from '../lib/allowance.ts';
import { addressKey } from './address.ts';
import { HOOK_OUTCOMES, type HookAnswer, type OpenHook } from './hook-answer.ts';
import { isLocalProgram } from './operator.ts';
import { readBody } from './raw-body.ts';

export interface HookRoutes {
  /** Those of the policy file in force. */
  find(name: string): OpenHook | undefined;
  /** Told after each answer; `hook` is undefined where there is none of that name. */
  report(report: { readonly hook: string | undefined; readonly answer: HookAnswer }): void;
  /** Never goes back. */
  elapsed(): Duration;
}

/** Answers of an address to what is not authentic, beyond which it is only told that it is too much. */
const STRIKES = { perSecond: 10, store: 100 } as const;
/** Bytes of an address that are read and hashed before it is known whether they are authentic. */
const UNPROVEN = { perSecond: 8 * 1024 * 1024, store: 32 * 1024 * 1024 } as const;
/** Larger ones are held by so many at once, of all addresses, that memory does not run out. */
const SMALL = 64 * 1024;
const MOST_HELD = 32 * 1024 * 1024;
const BYTES = 'application/octet-stream';
/** Real milliseconds from the whole message to the answer. */
const ANSWER_WITHIN = 8_000;

const refusal = (outcome: HookAnswer['outcome'], because: string): HookAnswer => ({
  outcome,
  because,
  authentic: false,
});

function headersOf(request: FastifyRequest): Readonly<Record<string, string>> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(request.headers)) {
    const [first] = [value].flat();
    if (first !== undefined) headers[name] = first;
  }
  return headers;
}

/** What can be said before anything else is looked at. */
function atFirst(request: FastifyRequest, hook: OpenHook, length: number | undefined): HookAnswer | undefined {
  if (hook.insecure && !isLocalProgram(request)) {
    return refusal('not-wanted', 'this hook has no authentication and takes messages of this machine only');
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return refusal('not-supported', 'a compressed body is not read: send it as it is');
  }
  if ((length ?? 0) > hook.bodyLimit) return refusal('too-large', `a message has at most ${hook.bodyLimit} bytes here`);
  return undefined;
}

async function takeWithin(hook: OpenHook, raw: Uint8Array, headers: Readonly<Record<string, string>>) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error('it took too long')), ANSWER_WITHIN).unref();
  try {
    return await hook.take(raw, headers, controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

function intake(hooks: HookRoutes) {
  const unproven = allowances(UNPROVEN.perSecond, UNPROVEN.store);
  /** Bytes of large bodies that are being read, and are not known to be authentic. */
  let held = 0;

  /** Reads the body and takes it; undefined when the sender went away before it was whole. */
  async function withBody(request: FastifyRequest, hook: OpenHook): Promise<HookAnswer | undefined> {
    const raw = await readBody(request.raw, hook.bodyLimit);
    if (raw === 'too-large') return refusal('too-large', `a message has at most ${hook.bodyLimit} bytes here`);
    return raw === 'gone' ? undefined : takeWithin(hook, raw, headersOf(request));
  }

  return async (request: FastifyRequest, hook: OpenHook): Promise<HookAnswer | undefined> => {
    const given = request.headers['content-length'];
    const length = given === undefined ? undefined : Number(given);
    const first = atFirst(request, hook, length);
    if (first !== undefined) return first;
    const door = hook.door(headersOf(request));
    if (typeof door !== 'string') return door;
    if (door === 'known') return withBody(request, hook);
    // Small messages find room here under any flood, large ones as soon as there is some again.
    const [cost, room] = [length ?? hook.bodyLimit, unproven(addressKey(request.socket.remoteAddress))];
    const large = cost > SMALL ? cost : 0;
    if (held + large > MOST_HELD || !room.take(cost, hooks.elapsed())) {
      return refusal('limited', 'too much is being read that is not known to be authentic');
    }
    held += large;
    const answer = await withBody(request, hook).finally(() => {
      held -= large;
    });
    if (answer?.authentic) room.giveBack(cost);
    return answer;
  };
}

function send(reply: FastifyReply, answer: HookAnswer, challenge: boolean): FastifyReply {
  const { outcome, because, alerts, deployments } = answer;
  const status = HOOK_OUTCOMES[outcome];
  if (status === 429 || status === 503) reply.header('retry-after', '1');
  // Not worth a connection that is kept, and what is left of a body is not worth reading.
  if (!answer.authentic && (status === 429 || status === 413)) reply.header('connection', 'close');
  if (status === 401 && challenge) reply.header('www-authenticate', 'Basic realm="appconfig-watchdog"');
  if (status < 300)
    return reply.code(status).send({ ok: true, outcome, alerts: alerts ?? 0, deployments: deployments ?? 0 });
  return reply.code(status).send({ ok: false, because: [because ?? outcome] });
}

export async function addHookRoutes(app: FastifyInstance, hooks: HookRoutes): Promise<void> {
  const strikes = allowances(STRIKES.perSecond, STRIKES.store);
  const take = intake(hooks);

  async function answerTo(request: FastifyRequest, hook: OpenHook | undefined): Promise<HookAnswer | undefined> {
    const answer =
      hook === undefined ? refusal('unknown-hook', 'there is no hook of this name') : await take(request, hook);
    if (answer === undefined || answer.authentic || answer.outcome === 'limited') return answer;
    const patience = strikes(addressKey(request.socket.remoteAddress)).take(1, hooks.elapsed());
    return patience ? answer : refusal('limited', 'too much of this address was not authentic');
  }

  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Whatever it says it is: the raw bytes are what is signed, and they are read when it is known that they may be.
    scope.addHook('onRequest', async (request) => {
      request.raw.headers['content-type'] = BYTES;
    });
    scope.addContentTypeParser(BYTES, (_request, _payload, done) => done(null));
    scope.post<{ Params: { name: string } }>('/hooks/:name', async (request, reply) => {
      const { name } = request.params;
      const hook = hooks.find(name);
      const answer = await answerTo(request, hook);
      if (answer === undefined) return reply.hijack();
      hooks.report({ hook: hook === undefined ? undefined : name, answer });
      return send(reply, answer, hook?.challenge ?? false);
    });
  });
}

/** What a person may tell the daemon over HTTP: with the token, or without one only from this very machine (or pod). */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';

interface Word {
  readonly by: string;
  readonly reason: string;
}

type Answer =
  | { readonly kind: 'done'; readonly changed: boolean; readonly deployment: string; readonly because: string }
  | { readonly kind: 'unknown' | 'ambiguous'; readonly candidates: readonly string[] };

/** The engine's operator has this shape. */
export interface Operator {
  stop(deployment: string, word: Word): Answer;
  hold(deployment: string, word: Word): Answer;
  release(deployment: string, word: Word): Answer;
  /** Closes the circuit breaker; false when it was closed. */
  resume(by: string, reason: string): boolean;
}

const word = { by: z.string().min(1).max(200), reason: z.string().min(1).max(2_000) };
const resumeSchema = z.strictObject(word);
const aboutSchema = z.strictObject({ ...word, deployment: z.string().min(1).max(500) });

const LOOPBACK = /^(?:::1|(?:::ffff:)?127(?:\.\d{1,3}){3})$/;
const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/** A page in a browser on this machine could reach the port, too; it cannot leave Origin out or forge Host. */
export function isLocalProgram(request: FastifyRequest): boolean {
  const { origin, host } = request.headers;
  return LOOPBACK.test(request.socket.remoteAddress ?? '') && origin === undefined && LOCAL_HOST.test(host ?? '');
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Takes as long whatever was sent. */
function carries(request: FastifyRequest, token: string): boolean {
  const sent = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(sent), digest(token));
}

/** Why a request may not tell anything; undefined when it may. */
function refusal(request: FastifyRequest, token: string | undefined) {
  if (token !== undefined) {
    return carries(request, token)
      ? undefined
      : { code: 401, because: 'expected authorization: Bearer, with the token of http.token' };
  }
  if (isLocalProgram(request)) return undefined;
  const because =
    'without http.token only a program on the same machine or in the same pod may do this, by a loopback address';
  return { code: 403, because };
}

function answered(reply: FastifyReply, answer: Answer): FastifyReply {
  if (answer.kind === 'done') {
    const { changed, deployment, because } = answer;
    return reply.send({ ok: true, changed, deployment, because: [because] });
  }
  const { candidates } = answer;
  const because = answer.kind === 'unknown' ? 'no such deployment is under watch' : 'it names several deployments';
  return reply.code(answer.kind === 'unknown' ? 404 : 409).send({ ok: false, because: [because], candidates });
}

/** `token` is asked at each request: a new policy file may bring another one. */
export function addOperatorRoutes(app: FastifyInstance, operator: Operator, token: () => string | undefined): void {
  function route<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    act: (body: z.output<Schema>, reply: FastifyReply) => FastifyReply,
  ) {
    app.post(`/operator/${path}`, (request, reply) => {
      const refused = refusal(request, token());
      if (refused !== undefined) return reply.code(refused.code).send({ ok: false, because: [refused.because] });
      const body = schema.safeParse(request.body);
      if (!body.success) {
        const because = body.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
        return reply.code(400).send({ ok: false, because });
      }
      return act(body.data, reply);
    });
  }
  route('resume', resumeSchema, ({ by, reason }, reply) =>
    reply.send({ ok: true, resumed: operator.resume(by, reason) }),
  );
  for (const verb of ['stop', 'hold', 'release'] as const) {
    route(verb, aboutSchema, ({ deployment, by, reason }, reply) =>
      answered(reply, operator[verb](deployment, { by, reason })),
    );
  }
}

/** What a person may tell the daemon over HTTP: only from this very machine (or pod), and never a browser. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

export interface Operator {
  /** Closes the circuit breaker; false when it was closed. */
  resume(by: string, reason: string): boolean;
}

const resumeSchema = z.strictObject({
  by: z.string().min(1).max(200),
  reason: z.string().min(1).max(2_000),
});

const LOOPBACK = /^(?:::1|(?:::ffff:)?127(?:\.\d{1,3}){3})$/;
const LOCAL_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/** A page in a browser on this machine could reach the port, too; it cannot leave Origin out or forge Host. */
export function isLocalProgram(request: FastifyRequest): boolean {
  const { origin, host } = request.headers;
  return LOOPBACK.test(request.socket.remoteAddress ?? '') && origin === undefined && LOCAL_HOST.test(host ?? '');
}

export function addOperatorRoutes(app: FastifyInstance, operator: Operator): void {
  app.post('/operator/resume', (request, reply) => {
    if (!isLocalProgram(request)) {
      const because = 'only a program on the same machine or in the same pod may do this, by a loopback address';
      return reply.code(403).send({ ok: false, because: [because] });
    }
    const body = resumeSchema.safeParse(request.body);
    if (!body.success) {
      const because = body.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
      return reply.code(400).send({ ok: false, because });
    }
    const resumed = operator.resume(body.data.by, body.data.reason);
    return reply.send({ ok: true, resumed });
  });
}

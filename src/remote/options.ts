/** Options of a policy file on how an HTTP endpoint is asked: address, headers, authentication, TLS, patience. */
import { z } from 'zod';
import { once } from '../lib/once.ts';
import { durationSchema, roleSchema } from '../lib/schema.ts';
import { type Secret, secretSchema } from '../lib/secret.ts';

const bearerSchema = once(() =>
  z.strictObject({
    kind: z.literal('bearer'),
    token: secretSchema.describe('Token sent as `Authorization: Bearer …`.'),
  }),
);

const basicSchema = once(() =>
  z.strictObject({
    kind: z.literal('basic'),
    username: z
      .string()
      .min(1)
      .regex(/^[^:]*$/, 'expected a user name without a colon')
      .describe('User name.'),
    password: secretSchema.describe('Password.'),
  }),
);

const sigv4Schema = once(() =>
  z.strictObject({
    kind: z.literal('sigv4'),
    region: z
      .string()
      .regex(/^[a-z]{2,}(?:-[a-z]+)+-\d+$/, 'expected a region, such as eu-west-1')
      .exactOptional()
      .describe("Region of the signature; without it the target's."),
    service: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/, 'expected the name of a service as AWS signs it, such as aps')
      .default('aps')
      .describe('Service of the signature: aps (Amazon Managed Prometheus), execute-api, es, …'),
    role: roleSchema().exactOptional().describe("Role to assume for it; without it the target's credentials are used."),
  }),
);

const authSchema = once(() =>
  z.discriminatedUnion('kind', [bearerSchema(), basicSchema(), sigv4Schema()], {
    error: (issue) => (issue.code === 'invalid_union' ? 'expected bearer | basic | sigv4' : undefined),
  }),
);

const PEM = /^-----BEGIN [A-Z ]+-----/;

/** A PEM text rather than the path of a file that holds one. */
export function isPem(text: string): boolean {
  return PEM.test(text.trimStart());
}

const tlsSchema = once(() =>
  z
    .strictObject({
      ca: z.string().min(1).exactOptional().describe('Certificates to trust: path of a PEM file, or PEM.'),
      cert: z.string().min(1).exactOptional().describe("This program's own certificate: path of a PEM file, or PEM."),
      key: secretSchema.exactOptional().describe('Its key: path of a PEM file, or PEM.'),
      serverName: z
        .string()
        .regex(/^(?=.*[a-z])[a-z0-9.-]+$/i, 'expected the name of a host')
        .exactOptional()
        .describe("Name the certificate is for, when not the URL's host."),
    })
    .refine((tls) => (tls.cert === undefined) === (tls.key === undefined), 'expected `cert` and `key` together'),
);

/** What HTTP does by itself, or `auth` does. */
const RESERVED: ReadonlySet<string> = new Set(['authorization', 'content-length', 'host', 'connection']);

const headerName = once(() =>
  z
    .string()
    .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'expected the name of a header')
    .refine((name) => !RESERVED.has(name.toLowerCase()), 'expected another header: use `auth` for Authorization'),
);

const headersSchema = once(() =>
  z
    .record(headerName(), secretSchema)
    .default({})
    .describe('More headers by name, such as X-Scope-OrgID; their values are treated as secrets.'),
);

const LONGEST_TIMEOUT = 60_000;

const timeoutSchema = once(() =>
  durationSchema
    .refine((timeout) => timeout >= 100 && timeout <= LONGEST_TIMEOUT, 'expected a timeout from 100ms to 60s')
    .prefault('10s')
    .describe('For one request, in real time.'),
);

/** A period of a source that keeps no grid of its own. */
export const periodSchema = once(() =>
  durationSchema.refine((period) => period >= 1_000 && period % 1_000 === 0, 'expected whole seconds, at least 1s'),
);

/** Why a text is no address of an endpoint; undefined when it is one. */
export function urlProblem(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:\/\//i.test(text)) return 'expected a URL, such as http://prometheus:9090';
  if (url.username !== '' || url.password !== '') return 'expected a URL without user name and password: use `auth`';
  if (url.hash !== '') return 'expected a URL without a fragment (#…)';
  return undefined;
}

/** An address that paths are put behind. */
export const baseUrlSchema = once(() =>
  z.string().superRefine((text, context) => {
    const problem = urlProblem(text) ?? (text.includes('?') ? 'expected a URL without a query (?…)' : undefined);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  }),
);

/** Keys every source over HTTP has. */
export const connectionShape = once(() => ({
  tls: tlsSchema().exactOptional().describe('Certificates, where the ones of this machine do not do.'),
  timeout: timeoutSchema(),
}));

/** Keys of a source over HTTP whose service does not say how it knows who asks. */
export const endpointShape = once(() => ({
  headers: headersSchema(),
  auth: authSchema().exactOptional().describe('How it knows who asks; without it nobody has to say.'),
  ...connectionShape(),
}));

export interface EndpointOptions {
  readonly headers: Readonly<Record<string, Secret>>;
  readonly auth?: z.output<ReturnType<typeof authSchema>>;
  readonly tls?: z.output<ReturnType<typeof tlsSchema>>;
  readonly timeout: number;
}

/** Certificates for an address without TLS would have no effect. */
export function tlsProblem(url: string, tls: unknown): string | undefined {
  return tls !== undefined && !/^https:/i.test(url) ? 'expected `tls` only beside an https URL' : undefined;
}

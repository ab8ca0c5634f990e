/** The sandbox's STS: who a caller is, and keys for roles of other accounts. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { iso } from '../core/time.ts';
import { errorOf, xmlAnswer } from './answers.ts';
import type { WireAnswer, WireRequest } from './wire.ts';

interface Identity {
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
  /** Real time: clients judge by their own clock whether to fetch new keys. */
  readonly expiresAt?: number;
}

export interface StsOptions {
  /** The account of every access key that was not handed out here. */
  readonly account: string;
  /** ExternalId by role ARN: such a role can be assumed with it only. */
  readonly externalIds: Readonly<Record<string, string>>;
}

export interface SandboxSts {
  identityOf(accessKeyId: string): Identity;
  operationOf(request: WireRequest): string | undefined;
  handle(request: WireRequest): WireAnswer;
}

const OPERATIONS: ReadonlySet<string> = new Set(['GetCallerIdentity', 'AssumeRole']);
const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

const assumeRoleInput = z.object({
  RoleArn: z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'expected the ARN of a role'),
  RoleSessionName: z.string().regex(/^[\w+=,.@-]{2,64}$/, 'expected 2 to 64 letters, digits or +=,.@_-'),
  ExternalId: z.string().min(2).max(1224).optional(),
  DurationSeconds: z.coerce.number().int().min(900).max(43_200).default(3_600),
});

function answer(operation: string, result: object): WireAnswer {
  return xmlAnswer(200, {
    [`${operation}Response`]: {
      '@_xmlns': NAMESPACE,
      [`${operation}Result`]: result,
      ResponseMetadata: { RequestId: crypto.randomUUID() },
    },
  });
}

function refused(status: number, code: string, message: string): WireAnswer {
  return errorOf('query', { status, code, message });
}

/** Letters and digits as keys of AWS have them. */
function newKeyId(): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return `ASIA${[...randomBytes(16)].map((byte) => letters.charAt(byte % letters.length)).join('')}`;
}

export function sandboxSts(options: StsOptions): SandboxSts {
  const { account, externalIds } = options;
  const handedOut = new Map<string, Identity>();
  const identityOf = (accessKeyId: string): Identity =>
    handedOut.get(accessKeyId) ?? {
      account,
      arn: `arn:aws:iam::${account}:user/sandbox`,
      userId: 'AIDASANDBOXSANDBOXSA',
    };

  const assumeRole = (form: URLSearchParams, caller: Identity): WireAnswer => {
    const input = assumeRoleInput.safeParse(Object.fromEntries(form));
    if (!input.success) {
      const told = input.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
      return refused(400, 'ValidationError', told);
    }
    const { RoleArn, RoleSessionName, ExternalId, DurationSeconds } = input.data;
    const wanted = externalIds[RoleArn];
    if (wanted !== undefined && wanted !== ExternalId) {
      const told = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`;
      return refused(403, 'AccessDenied', told);
    }
    const owner = RoleArn.split(':')[4] ?? account;
    const role = RoleArn.split('/').at(-1) ?? '';
    const expiresAt = Date.now() + DurationSeconds * 1_000;
    const keyId = newKeyId();
    const userId = `AROASANDBOXSANDBOXSAN:${RoleSessionName}`;
    const arn = `arn:aws:sts::${owner}:assumed-role/${role}/${RoleSessionName}`;
    handedOut.set(keyId, { account: owner, arn, userId, expiresAt });
    return answer('AssumeRole', {
      Credentials: {
        AccessKeyId: keyId,
        SecretAccessKey: randomBytes(30).toString('base64'),
        SessionToken: randomBytes(96).toString('base64'),
        Expiration: iso(expiresAt),
      },
      AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
    });
  };

  const actionOf = (request: WireRequest) => new URLSearchParams(request.body.toString()).get('Action');
  return {
    identityOf,
    operationOf(request) {
      const action = actionOf(request);
      return action !== null && OPERATIONS.has(action) ? action : undefined;
    },
    handle(request) {
      const form = new URLSearchParams(request.body.toString());
      const caller = identityOf(request.accessKeyId);
      switch (form.get('Action')) {
        case 'GetCallerIdentity':
          return answer('GetCallerIdentity', { Arn: caller.arn, UserId: caller.userId, Account: caller.account });
        case 'AssumeRole':
          return assumeRole(form, caller);
        default:
          return refused(400, 'InvalidAction', `The sandbox's STS has no operation ${form.get('Action')}.`);
      }
    },
  };
}

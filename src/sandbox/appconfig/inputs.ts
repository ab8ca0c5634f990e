/** What the bodies of requests must look like, and the 400 that says what is wrong with one. */
import { z } from 'zod';
import { counted } from '../../lib/text.ts';
import type { WireRequest } from '../wire.ts';
import { badRequest } from './errors.ts';

const name = z.string().min(1).max(64);
const description = z.string().max(1024).optional();
const tags = z
  .record(z.string().min(1).max(128), z.string().max(256))
  .refine((all) => Object.keys(all).length <= 50, 'Member must have at most 50 tags')
  .optional();
const kmsKey = z.string().min(1).max(2048);
const roleArn = z
  .string()
  .min(20)
  .max(2048)
  .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.*$/, 'Member must be the ARN of a role');
const monitors = z.array(z.object({ AlarmArn: z.string().min(1).max(2048), AlarmRoleArn: roleArn.optional() })).max(5);
const validators = z
  .array(z.object({ Type: z.enum(['JSON_SCHEMA', 'LAMBDA']), Content: z.string().max(32_768) }))
  .max(2);
const minutes = z.int().min(0).max(1440);
const growthFactor = z.number().min(1).max(100);
const growthType = z.enum(['LINEAR', 'EXPONENTIAL']);

export const createApplicationInput = z.object({ Name: name, Description: description, Tags: tags });
export const updateApplicationInput = z.object({ Name: name.optional(), Description: description });
export const createEnvironmentInput = z.object({
  Name: name,
  Description: description,
  Monitors: monitors.optional(),
  Tags: tags,
});
export const updateEnvironmentInput = z.object({
  Name: name.optional(),
  Description: description,
  Monitors: monitors.optional(),
});
export const createProfileInput = z.object({
  Name: z.string().min(1).max(128),
  Description: description,
  LocationUri: z.string().min(1).max(2048),
  RetrievalRoleArn: roleArn.optional(),
  Validators: validators.optional(),
  Tags: tags,
  Type: z.enum(['AWS.Freeform', 'AWS.AppConfig.FeatureFlags']).default('AWS.Freeform'),
  KmsKeyIdentifier: kmsKey.optional(),
});
export const updateProfileInput = z.object({
  Name: z.string().min(1).max(128).optional(),
  Description: description,
  RetrievalRoleArn: roleArn.optional(),
  Validators: validators.optional(),
  KmsKeyIdentifier: z.string().max(2048).optional(),
});
export const createStrategyInput = z.object({
  Name: name,
  Description: description,
  DeploymentDurationInMinutes: minutes,
  FinalBakeTimeInMinutes: minutes.default(0),
  GrowthFactor: growthFactor,
  GrowthType: growthType.default('LINEAR'),
  ReplicateTo: z.enum(['NONE', 'SSM_DOCUMENT']).default('NONE'),
  Tags: tags,
});
export const updateStrategyInput = z.object({
  Description: description,
  DeploymentDurationInMinutes: minutes.optional(),
  FinalBakeTimeInMinutes: minutes.optional(),
  GrowthFactor: growthFactor.optional(),
  GrowthType: growthType.optional(),
});
export const startDeploymentInput = z.object({
  DeploymentStrategyId: z.string().regex(/^(?:[a-z0-9]{4,7}|AppConfig\.[A-Za-z0-9]{9,40})$/),
  ConfigurationProfileId: z.string().regex(/^[a-z0-9]{4,7}$/),
  ConfigurationVersion: z.string().min(1).max(1024),
  Description: description,
  Tags: tags,
  KmsKeyIdentifier: kmsKey.optional(),
  DynamicExtensionParameters: z.record(z.string(), z.string()).optional(),
  LatestDeploymentNumber: z.int().min(0).optional(),
});
export const tagResourceInput = z.object({ Tags: tags.unwrap() });
/** Members of CreateHostedConfigurationVersion that travel as headers. */
export const hostedVersionHeaders = z.object({
  ContentType: z.string().min(1).max(255),
  Description: description,
  VersionLabel: z
    .string()
    .max(64)
    .regex(/[^0-9]/, 'Member must not be a number')
    .optional(),
  LatestVersionNumber: z.coerce.number().int().min(0).optional(),
});

/** Parsed and checked, or a 400 that names every member that is wrong. */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const told = issues.map(
    (issue) => `Value at '${issue.path.join('.')}' failed to satisfy constraint: ${issue.message}`,
  );
  throw badRequest(`${counted(issues.length, 'validation error')} detected: ${told.join('; ')}`);
}

/** The JSON body of a request; an absent one is an empty object. */
export function jsonBody(request: WireRequest): unknown {
  if (request.body.length === 0) return {};
  try {
    const body: unknown = JSON.parse(request.body.toString());
    return body;
  } catch (error) {
    throw badRequest(`The body is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

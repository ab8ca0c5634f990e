/** The policy file: its schema, from which types, JSON Schema and the reference page follow. */
import { z } from 'zod';
import { durationSchema, nameSchema } from '../lib/schema.ts';
import { normaliseStopWhen, stopWhenSchema } from './condition.ts';
import { cronSchema } from './cron.ts';
import { heartbeatSchema } from './heartbeat.ts';
import { hooksSchema, queuesSchema } from './hook.ts';
import { httpSchema } from './http.ts';
import { globSchema, globsSchema } from './names.ts';
import { linksSchema, notifiersSchema, routesSchema } from './notify.ts';
import { type metricRuleSchema, ruleSchema, type triggerRuleSchema } from './rule.ts';
import { targetSchema } from './target.ts';

/** A length of time that must be some. */
const someTime = durationSchema.refine((duration) => duration > 0, 'expected a duration longer than 0s');

const GLOBS = 'Globs on name or id; one or a list.';

export const matchSchema = z.strictObject({
  targets: z.array(z.string().min(1)).min(1).exactOptional().describe('Names of targets; without it every target.'),
  application: globsSchema.describe(`Applications. ${GLOBS}`),
  environment: globsSchema.describe(`Environments. ${GLOBS}`),
  profile: globsSchema.prefault('*').describe(`Configuration profiles. ${GLOBS}`),
  tags: z
    .record(z.string().min(1), globSchema)
    .exactOptional()
    .describe(
      'Tags of the application, the environment and the deployment (the last one that has a key wins): each key must be there with a value that fits its glob.',
    ),
  description: globSchema.exactOptional().describe('Glob on the description of the deployment.'),
  versionLabel: globSchema.exactOptional().describe('Glob on the version label of the configuration.'),
  types: z
    .array(z.enum(['USER', 'MANAGED']))
    .min(1)
    .prefault(['USER'])
    .describe('Types of deployments; AWS starts MANAGED ones itself.'),
});

const onUnknownSchema = z.strictObject({
  after: durationSchema.prefault('5m').describe('How long a rule may go unanswered.'),
  do: z.enum(['hold', 'stop']).default('hold').describe('hold: keep watching and tell; stop: stop the deployment.'),
});

const verifySchema = z.strictObject({
  for: durationSchema.prefault('10m').describe('How long the rules are watched after a rollback; 0s: not at all.'),
});

const policySchema = z
  .strictObject({
    name: nameSchema.describe('Name of the policy in logs, metrics and records; unique.'),
    match: matchSchema.describe('Which deployments it watches; all given keys must fit.'),
    mode: z.enum(['enforce', 'observe']).describe('enforce: stop what does harm; observe: judge and tell, never stop.'),
    stopWhen: stopWhenSchema
      .default('any')
      .describe('How breached rules combine: any, all, { atLeast: n }, or nested over rule names.'),
    onUnknown: onUnknownSchema.prefault({}).describe('When rules could not be asked.'),
    preExisting: z
      .enum(['ignore', 'stop'])
      .default('ignore')
      .describe('What was already bad before the deployment: ignore it, or stop for it.'),
    baking: z
      .enum(['stop', 'ignore'])
      .default('stop')
      .describe('A breach while the deployment bakes: stop (sends AllowRevert), or ignore.'),
    verify: verifySchema.prefault({}).describe('After a rollback.'),
    rules: z.array(ruleSchema).min(1, 'expected at least one rule').describe('What is looked at.'),
    notify: routesSchema.default([]).describe('Who is told of its deployments, beside those of the top level.'),
    links: linksSchema.default([]).describe('Links in what is told of its deployments, beside those of the top level.'),
  })
  .transform((policy) => ({
    ...policy,
    stopWhen: normaliseStopWhen(
      policy.stopWhen,
      policy.rules.map((rule) => rule.name),
    ),
  }));

const limitsSchema = z.strictObject({
  stops: z.int().min(1).max(1000).default(5).describe('More stops than this within `per` trip the circuit breaker.'),
  per: someTime.prefault('10m').describe('The stretch of time that is counted.'),
});

const stopSchema = z
  .strictObject({
    timeout: someTime.prefault('10s').describe('For one call, in real time.'),
    budget: someTime.prefault('2m').describe('For all tries of one stop.'),
    deadline: someTime.prefault('10m').describe('Until ROLLED_BACK or REVERTED is reached; then it is escalated.'),
    followEvery: someTime.prefault('5s').describe('How often a stopped deployment is read until it is over.'),
  })
  .refine(({ timeout, budget }) => budget >= timeout, {
    path: ['budget'],
    message: 'expected a budget that is no shorter than `timeout`, the time of one call',
  });

const discoverySchema = z.strictObject({
  sweep: someTime
    .prefault('1m')
    .describe('How often environments that do not read DEPLOYING are listed as well (a baking one may not).'),
  applicationsEvery: someTime.prefault('5m').describe('How often the list of applications is read.'),
});

const journalSchema = z.strictObject({
  path: z.string().min(1).exactOptional().describe('File of the journal; without it the journal is kept in memory.'),
  retention: someTime.prefault('90d').describe('How long records are kept.'),
});

const logSchema = z.strictObject({
  level: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
    .default('info')
    .describe('The least severe records that are written.'),
});

export const configSchema = z
  .strictObject({
    version: z.literal(1, 'expected 1, the version of this format').describe('Version of this format.'),
    targets: z
      .array(targetSchema)
      .min(1, 'expected at least one target')
      .describe('Accounts and regions that are watched.'),
    poll: cronSchema.describe('When a cycle starts: a cron expression of six fields, seconds first.'),
    policies: z.array(policySchema).min(1, 'expected at least one policy').describe('What is watched, and how.'),
    notifiers: notifiersSchema.default({}).describe('Channels people are told in, by name.'),
    notify: routesSchema.default([]).describe('Who is told of everything, also of the daemon itself.'),
    links: linksSchema.default([]).describe('Links in what is told of a deployment.'),
    limits: limitsSchema.prefault({}).describe('Circuit breaker across the daemon.'),
    stop: stopSchema.prefault({}).describe('How a deployment is stopped.'),
    discovery: discoverySchema.prefault({}).describe('How deployments are found.'),
    journal: journalSchema.prefault({}).describe('The append-only record.'),
    hooks: hooksSchema.prefault({}).describe('Messages of other systems that come in, by name: POST /hooks/NAME.'),
    queues: queuesSchema.prefault({}).describe('Queues of SQS that the same messages are fetched from, by name.'),
    http: httpSchema.prefault({}).describe('Health, metrics and hooks.'),
    heartbeat: heartbeatSchema
      .exactOptional()
      .describe('Who hears that the daemon is alive, so that its end is noticed.'),
    log: logSchema.prefault({}).describe('Structured log on stdout.'),
  })
  .meta({ title: 'appconfig-watchdog policy file', description: 'What appconfig-watchdog watches, and how.' });

export type Config = z.output<typeof configSchema>;
export type Target = z.output<typeof targetSchema>;
export type Policy = z.output<typeof policySchema>;
export type Match = z.output<typeof matchSchema>;
export type Rule = z.output<typeof ruleSchema>;
export type MetricRule = z.output<typeof metricRuleSchema>;
export type TriggerRule = z.output<ReturnType<typeof triggerRuleSchema>>;

/** What the engine says about its spans, and the spans around rules and stops; none of it is there while nobody traces. */
import type { AppConfigPort } from '../appconfig/port.ts';
import type { StopRequest } from '../appconfig/stop.ts';
import type { Deployment } from '../core/deployment.ts';
import type { StopOutcome } from '../core/event.ts';
import { type Attributes, NO_TRACE, type Tracer } from '../lib/trace.ts';
import type { Policy, Target } from '../policy/schema.ts';
import { askRule, type RunnableRule } from './rule.ts';

export function aboutTarget(targets: readonly Target[], name: string): Attributes {
  const { region, account } = targets.find((target) => target.name === name) ?? {};
  return { 'appconfig.target': name, 'cloud.provider': 'aws', 'cloud.region': region, 'cloud.account.id': account };
}

export function aboutDeployment({ ref, account, application, environment, ...rest }: Deployment): Attributes {
  return {
    'appconfig.target': ref.target,
    'cloud.provider': 'aws',
    'cloud.region': ref.region,
    'cloud.account.id': account,
    'appconfig.application.id': application.id,
    'appconfig.application.name': application.name,
    'appconfig.environment.id': environment.id,
    'appconfig.environment.name': environment.name,
    'appconfig.profile.name': rest.profile.name,
    'appconfig.version': rest.version,
    'appconfig.deployment.number': ref.number,
    'appconfig.deployment.state': rest.state,
    'appconfig.deployment.percentage': rest.percentage,
  };
}

function aboutStop({ deployment, by, because, resume = false }: StopRequest): Attributes {
  return {
    ...aboutDeployment(deployment),
    'appconfig.stop.by': by.kind,
    'appconfig.policy': by.kind === 'policy' ? by.policy : undefined,
    'appconfig.because': because.join('; '),
    'appconfig.stop.resumes': resume,
  };
}

/** A stop from its decision to its end as a span. */
export function tracedStop(
  request: StopRequest,
  trace: Tracer,
  stop: () => Promise<StopOutcome>,
): Promise<StopOutcome> {
  return trace.span(
    'stop deployment',
    () => aboutStop(request),
    async () => {
      const outcome = await stop();
      trace.add(() => ({
        'appconfig.stop.outcome': outcome.kind,
        'appconfig.stop.attempts': outcome.attempts,
        'error.type': outcome.kind === 'failed' ? outcome.failure.reason : undefined,
      }));
      return outcome;
    },
  );
}

/** Each question of a rule as a span. */
export function tracedRules(rules: readonly RunnableRule[], policy: Policy, trace: Tracer): readonly RunnableRule[] {
  if (trace === NO_TRACE) return rules;
  const kinds = new Map(
    policy.rules.map((rule) => [rule.name, 'source' in rule ? rule.source.kind : rule.trigger.kind]),
  );
  return rules.map((rule) => {
    const about = () => ({
      'appconfig.policy': policy.name,
      'appconfig.rule': rule.name,
      'appconfig.rule.kind': kinds.get(rule.name),
    });
    return {
      ...rule,
      ask(deployment, now, signal, asker) {
        const asked = trace.span('ask rule', about, () => askRule(rule, deployment, now, signal));
        void asked.then((weigh) => asker.answered(weigh));
      },
    };
  });
}

/** Each StopDeployment call as a span, named as AWS's SDKs name theirs. */
export function tracedStops(port: AppConfigPort, trace: Tracer): AppConfigPort {
  if (trace === NO_TRACE) return port;
  return {
    ...port,
    stopDeployment(ref, options, signal) {
      const about = () => ({
        'rpc.system.name': 'aws-api',
        'rpc.method': 'AppConfig/StopDeployment',
        'cloud.region': ref.region,
        'appconfig.stop.allow_revert': options.allowRevert,
      });
      const call = async () => {
        const answered = await port.stopDeployment(ref, options, signal);
        trace.add(() => ({ 'aws.request_id': answered.requestId }));
        return answered;
      };
      return trace.span('AppConfig/StopDeployment', about, call, 'client');
    },
  };
}

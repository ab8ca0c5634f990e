/** The life of a deployment, over the wire and a driven clock. */
import { describe, expect, it } from 'vitest';
import { errorOf, HOUR, MINUTE, ORIGIN, type Stage, stage } from './client.ts';

/** Type and minute of every event, oldest first. */
async function events(on: Stage, number: number): Promise<readonly string[]> {
  const { EventLog = [] } = await on.get(number);
  return EventLog.map(
    (event) => `${(Number(event.OccurredAt) - ORIGIN) / MINUTE} ${event.EventType}: ${event.Description}`,
  ).reverse();
}

async function states(on: Stage, number: number, minutes: readonly number[]): Promise<readonly string[]> {
  const seen: string[] = [];
  for (const minute of minutes) {
    await on.clock.advanceTo(ORIGIN + minute * MINUTE);
    const { State, PercentageComplete } = await on.get(number);
    seen.push(`${minute} ${State} ${PercentageComplete} ${await on.environmentState()}`);
  }
  return seen;
}

describe('a deployment left alone', () => {
  it('goes through linear steps, bakes and completes', async () => {
    await using on = await stage();
    const number = await on.start({ DeploymentDurationInMinutes: 20, GrowthFactor: 25, FinalBakeTimeInMinutes: 10 });
    expect(await states(on, number, [0, 4.99, 5, 10, 15, 19.99, 20, 29.99, 30, 31])).toEqual([
      '0 DEPLOYING 0 DEPLOYING',
      '4.99 DEPLOYING 0 DEPLOYING',
      '5 DEPLOYING 25 DEPLOYING',
      '10 DEPLOYING 50 DEPLOYING',
      '15 DEPLOYING 75 DEPLOYING',
      '19.99 DEPLOYING 75 DEPLOYING',
      '20 BAKING 100 DEPLOYING',
      '29.99 BAKING 100 DEPLOYING',
      '30 COMPLETE 100 READY_FOR_DEPLOYMENT',
      '31 COMPLETE 100 READY_FOR_DEPLOYMENT',
    ]);
    expect(await events(on, number)).toEqual([
      '0 DEPLOYMENT_STARTED: Deployment started',
      '5 PERCENTAGE_UPDATED: Configuration available to 25.00% of clients',
      '10 PERCENTAGE_UPDATED: Configuration available to 50.00% of clients',
      '15 PERCENTAGE_UPDATED: Configuration available to 75.00% of clients',
      '20 PERCENTAGE_UPDATED: Configuration available to 100.00% of clients',
      '20 BAKE_TIME_STARTED: Deployment bake time started',
      '30 DEPLOYMENT_COMPLETED: Deployment completed',
    ]);
    expect((await on.get(number)).CompletedAt).toEqual(new Date(ORIGIN + 30 * MINUTE));
  });

  it('tells the same when nobody looked until the end', async () => {
    await using on = await stage();
    const number = await on.start({ GrowthType: 'EXPONENTIAL', GrowthFactor: 20, DeploymentDurationInMinutes: 8 });
    await on.clock.advance(HOUR);
    expect(await events(on, number)).toEqual([
      '0 DEPLOYMENT_STARTED: Deployment started',
      '2 PERCENTAGE_UPDATED: Configuration available to 20.00% of clients',
      '4 PERCENTAGE_UPDATED: Configuration available to 40.00% of clients',
      '6 PERCENTAGE_UPDATED: Configuration available to 80.00% of clients',
      '8 PERCENTAGE_UPDATED: Configuration available to 100.00% of clients',
      '8 BAKE_TIME_STARTED: Deployment bake time started',
      '18 DEPLOYMENT_COMPLETED: Deployment completed',
    ]);
  });

  it('is validated first, then everywhere at once where the strategy takes no time', async () => {
    await using on = await stage({ validatingDuration: MINUTE, bakingEnvironmentState: 'READY_FOR_DEPLOYMENT' });
    const number = await on.start({ DeploymentDurationInMinutes: 0, GrowthFactor: 100, FinalBakeTimeInMinutes: 2 });
    expect(await states(on, number, [0, 0.5, 1, 3])).toEqual([
      '0 VALIDATING 0 DEPLOYING',
      '0.5 VALIDATING 0 DEPLOYING',
      '1 BAKING 100 READY_FOR_DEPLOYMENT',
      '3 COMPLETE 100 READY_FOR_DEPLOYMENT',
    ]);
  });

  it('completes without baking where there is no bake time', async () => {
    await using on = await stage();
    const number = await on.start({ DeploymentDurationInMinutes: 1, GrowthFactor: 100, FinalBakeTimeInMinutes: 0 });
    expect(await states(on, number, [1])).toEqual(['1 COMPLETE 100 READY_FOR_DEPLOYMENT']);
  });
});

describe('StopDeployment', () => {
  const refused = { name: 'BadRequestException', status: 400 };

  it('rolls back one that is under way, and refuses a second stop', async () => {
    await using on = await stage({ rollbackDuration: MINUTE });
    const number = await on.start({});
    await on.clock.advance(6 * MINUTE);
    const answer = await on.stop(number);
    expect(answer.$metadata.httpStatusCode).toBe(202);
    expect(answer).toMatchObject({ State: 'ROLLING_BACK', PercentageComplete: 25, DeploymentNumber: number });
    expect(await errorOf(on.stop(number))).toEqual(refused);
    expect(await errorOf(on.stop(number, true))).toEqual(refused);
    expect(await states(on, number, [6.5, 7])).toEqual([
      '6.5 ROLLING_BACK 25 ROLLING_BACK',
      '7 ROLLED_BACK 0 ROLLED_BACK',
    ]);
    expect((await events(on, number)).slice(-2)).toEqual([
      '6 ROLLBACK_STARTED: Rollback initiated by 111122223333',
      '7 ROLLBACK_COMPLETED: Rollback completed',
    ]);
    expect((await on.get(number)).EventLog?.[0]?.TriggeredBy).toBe('USER');
    expect(await errorOf(on.stop(number, true))).toEqual(refused);
  });

  it('rolls back one that is under way with AllowRevert too', async () => {
    await using on = await stage({ rollbackDuration: MINUTE });
    const number = await on.start({});
    expect((await on.stop(number, true)).State).toBe('ROLLING_BACK');
    await on.clock.advance(MINUTE);
    expect((await on.get(number)).State).toBe('ROLLED_BACK');
  });

  it('refuses a plain stop while baking when strict, and takes it when lenient', async () => {
    for (const baking of ['strict', 'lenient'] as const) {
      await using on = await stage({ baking });
      const number = await on.start({});
      await on.clock.advance(21 * MINUTE);
      expect((await on.get(number)).State).toBe('BAKING');
      expect(await errorOf(on.stop(number))).toEqual(baking === 'strict' ? refused : undefined);
      expect(await errorOf(on.stop(number, true))).toEqual(baking === 'strict' ? undefined : refused);
      expect((await on.get(number)).State).toBe('ROLLING_BACK');
    }
  });

  it('reverts a completed one within 72 hours and only with AllowRevert', async () => {
    await using on = await stage();
    const number = await on.start({});
    await on.clock.advance(30 * MINUTE + 72 * HOUR);
    expect(await errorOf(on.stop(number))).toEqual(refused);
    expect((await on.stop(number, true)).State).toBe('REVERTED');
    expect(await on.environmentState()).toBe('REVERTED');
    expect((await events(on, number)).at(-1)).toContain('REVERT_COMPLETED');
    expect(await errorOf(on.stop(number, true))).toEqual(refused);
  });

  it('refuses to revert later', async () => {
    await using on = await stage();
    const number = await on.start({});
    await on.clock.advance(30 * MINUTE + 72 * HOUR + 1);
    expect(await errorOf(on.stop(number, true))).toEqual(refused);
    expect((await on.get(number)).State).toBe('COMPLETE');
  });

  it('can answer no more than the reference prints', async () => {
    await using on = await stage({ stopAnswer: 'minimal' });
    const number = await on.start({});
    const answer = await on.stop(number);
    expect(answer).toMatchObject({ DeploymentNumber: 0, PercentageComplete: 0 });
    expect(answer.State).toBeUndefined();
    expect((await on.get(number)).State).toBe('ROLLING_BACK');
  });
});

describe('an environment', () => {
  it('takes one deployment at a time', async () => {
    await using on = await stage({ rollbackDuration: MINUTE });
    const first = await on.start({});
    expect(await errorOf(on.start({}))).toEqual({ name: 'ConflictException', status: 409 });
    await on.clock.advance(25 * MINUTE);
    expect(await errorOf(on.start({}))).toEqual({ name: 'ConflictException', status: 409 });
    await on.stop(first, true);
    expect(await errorOf(on.start({}))).toEqual({ name: 'ConflictException', status: 409 });
    await on.clock.advance(MINUTE);
    expect(await on.start({})).toBe(first + 1);
  });
});

describe('extensions', () => {
  it('leave their traces on the deployment and its events', async () => {
    await using on = await stage({
      extensions: [
        {
          id: 'ext1234',
          associationId: 'aso1234',
          version: 3,
          parameters: { topic: 'deployments' },
          actionName: 'tell',
          uri: 'arn:aws:sns:us-east-1:111122223333:deployments',
          on: ['DEPLOYMENT_STARTED'],
          error: { code: 'Denied', message: 'may not publish' },
        },
      ],
    });
    const number = await on.start({});
    await on.clock.advance(6 * MINUTE);
    const { AppliedExtensions, EventLog = [] } = await on.get(number);
    expect(AppliedExtensions).toEqual([
      {
        ExtensionId: 'ext1234',
        ExtensionAssociationId: 'aso1234',
        VersionNumber: 3,
        Parameters: { topic: 'deployments' },
      },
    ]);
    expect(EventLog.map(({ ActionInvocations }) => ActionInvocations?.length)).toEqual([0, 1]);
    expect(EventLog[1]?.ActionInvocations?.[0]).toMatchObject({ ActionName: 'tell', ErrorCode: 'Denied' });
  });
});

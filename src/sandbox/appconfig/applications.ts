/** Operations on applications. */
import type { JsonObject } from '../../core/json.ts';
import { badRequest } from './errors.ts';
import { checked, createApplicationInput, jsonBody, updateApplicationInput } from './inputs.ts';
import { applicationOf, arn, NO_CONTENT, type Operation, tagNew } from './operation.ts';
import { page } from './paging.ts';
import type { Application } from './store.ts';

function shown(application: Application): JsonObject {
  return { Id: application.id, Name: application.name, Description: application.description };
}

export const createApplication: Operation = ({ request, context }) => {
  const input = checked(createApplicationInput, jsonBody(request));
  const { store } = context;
  const id = store.newId();
  const application = { seq: store.nextSeq(), id, name: input.Name, description: input.Description };
  store.applications.set(id, application);
  tagNew(context, `application/${id}`, input.Tags);
  return { status: 201, body: shown(application) };
};

export const listApplications: Operation = ({ request, context }) => {
  const { items, nextToken } = page(context.store.applications.all(), 'applications', request.query);
  return { status: 200, body: { Items: items.map(shown), NextToken: nextToken } };
};

export const getApplication: Operation = (call) => ({ status: 200, body: shown(applicationOf(call)) });

export const updateApplication: Operation = (call) => {
  const before = applicationOf(call);
  const input = checked(updateApplicationInput, jsonBody(call.request));
  const after = { ...before, name: input.Name ?? before.name, description: input.Description ?? before.description };
  call.context.store.applications.set(after.id, after);
  return { status: 200, body: shown(after) };
};

export const deleteApplication: Operation = (call) => {
  const { id } = applicationOf(call);
  const { store } = call.context;
  const inside = ({ applicationId }: { readonly applicationId: string }) => applicationId === id;
  const environments = store.environments.all().filter(inside).length;
  const profiles = store.profiles.all().filter(inside).length;
  if (environments + profiles > 0) {
    throw badRequest(
      `Cannot delete application ${id} because it contains ${environments} environment(s) and ${profiles} configuration profile(s).`,
    );
  }
  store.applications.delete(id);
  store.tags.delete(arn(call.context, `application/${id}`));
  return NO_CONTENT;
};

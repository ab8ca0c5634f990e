/** Operations on configuration profiles. */
import type { JsonObject } from '../../core/json.ts';
import { conflict } from './errors.ts';
import { checked, createProfileInput, jsonBody, updateProfileInput } from './inputs.ts';
import { occupiesEnvironment } from './lifecycle.ts';
import { applicationOf, arn, NO_CONTENT, type Operation, profileOf, tagNew } from './operation.ts';
import { page } from './paging.ts';
import type { Profile } from './store.ts';

function shown(profile: Profile): JsonObject {
  return {
    ApplicationId: profile.applicationId,
    Id: profile.id,
    Name: profile.name,
    Description: profile.description,
    LocationUri: profile.locationUri,
    RetrievalRoleArn: profile.retrievalRoleArn,
    Validators: profile.validators.map((validator) => ({ ...validator })),
    Type: profile.type,
    KmsKeyIdentifier: profile.kmsKeyIdentifier,
  };
}

function summary(profile: Profile): JsonObject {
  return {
    ApplicationId: profile.applicationId,
    Id: profile.id,
    Name: profile.name,
    LocationUri: profile.locationUri,
    ValidatorTypes: profile.validators.map(({ Type }) => Type),
    Type: profile.type,
  };
}

export const createConfigurationProfile: Operation = (call) => {
  const application = applicationOf(call);
  const input = checked(createProfileInput, jsonBody(call.request));
  const { store } = call.context;
  const id = store.newId();
  const profile: Profile = {
    seq: store.nextSeq(),
    id,
    applicationId: application.id,
    name: input.Name,
    description: input.Description,
    locationUri: input.LocationUri,
    type: input.Type,
    retrievalRoleArn: input.RetrievalRoleArn,
    validators: input.Validators ?? [],
    kmsKeyIdentifier: input.KmsKeyIdentifier,
  };
  store.profiles.set(id, profile);
  tagNew(call.context, `application/${application.id}/configurationprofile/${id}`, input.Tags);
  return { status: 201, body: shown(profile) };
};

export const listConfigurationProfiles: Operation = (call) => {
  const { id } = applicationOf(call);
  const type = call.request.query.get('type');
  const inside = call.context.store.profiles
    .all()
    .filter((profile) => profile.applicationId === id && (type === null || profile.type === type));
  const { items, nextToken } = page(inside, `profiles/${id}`, call.request.query);
  return { status: 200, body: { Items: items.map(summary), NextToken: nextToken } };
};

export const getConfigurationProfile: Operation = (call) => ({ status: 200, body: shown(profileOf(call)) });

export const updateConfigurationProfile: Operation = (call) => {
  const before = profileOf(call);
  const input = checked(updateProfileInput, jsonBody(call.request));
  const key = input.KmsKeyIdentifier;
  const after: Profile = {
    ...before,
    name: input.Name ?? before.name,
    description: input.Description ?? before.description,
    retrievalRoleArn: input.RetrievalRoleArn ?? before.retrievalRoleArn,
    validators: input.Validators ?? before.validators,
    // An empty identifier takes the key away.
    kmsKeyIdentifier: key === '' ? undefined : (key ?? before.kmsKeyIdentifier),
  };
  call.context.store.profiles.set(after.id, after);
  return { status: 200, body: shown(after) };
};

export const deleteConfigurationProfile: Operation = (call) => {
  const { id, applicationId } = profileOf(call);
  const { store } = call.context;
  const versions = store.versions.all().filter(({ profileId }) => profileId === id).length;
  if (versions > 0) {
    throw conflict(
      `Cannot delete configuration profile ${id} because it contains ${versions} hosted configuration version(s).`,
    );
  }
  if (store.deployments.all().some(({ profile, life }) => profile.id === id && occupiesEnvironment(life))) {
    throw conflict(`Cannot delete configuration profile ${id} because it is being deployed.`);
  }
  store.profiles.delete(id);
  store.tags.delete(arn(call.context, `application/${applicationId}/configurationprofile/${id}`));
  return NO_CONTENT;
};

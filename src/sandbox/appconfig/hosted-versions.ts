/** Operations on hosted configuration versions: raw content, everything else in headers. */
import type { JsonObject } from '../../core/json.ts';
import { AppConfigError, badRequest, conflict } from './errors.ts';
import { checked, hostedVersionHeaders } from './inputs.ts';
import { type Call, NO_CONTENT, numberLabel, type Operation, profileOf, type Reply } from './operation.ts';
import { page } from './paging.ts';
import type { HostedVersion, Profile, Store } from './store.ts';

/** AWS's default quota for hosted content: 2 MB. */
const LARGEST_CONTENT = 2 * 1024 * 1024;

export function versionsOf(store: Store, profileId: string): readonly HostedVersion[] {
  return store.versions.all().filter((version) => version.profileId === profileId);
}

function headersOf(version: HostedVersion): Readonly<Record<string, string>> {
  return {
    'application-id': version.applicationId,
    'configuration-profile-id': version.profileId,
    'version-number': String(version.number),
    'content-type': version.contentType,
    ...(version.description === undefined ? {} : { description: version.description }),
    ...(version.label === undefined ? {} : { versionlabel: version.label }),
  };
}

function shown(status: number, version: HostedVersion): Reply {
  return { status, raw: version.content.toString(), headers: headersOf(version) };
}

function summary(version: HostedVersion): JsonObject {
  return {
    ApplicationId: version.applicationId,
    ConfigurationProfileId: version.profileId,
    VersionNumber: version.number,
    Description: version.description,
    ContentType: version.contentType,
    VersionLabel: version.label,
  };
}

function contentOf(call: Call): Buffer {
  const content = call.request.body;
  if (content.length === 0) throw badRequest('The content of the configuration must not be empty.');
  if (content.length > LARGEST_CONTENT) {
    throw new AppConfigError('PayloadTooLargeException', 'The content of the configuration is too large.', {
      Measure: 'KILOBYTES',
      Limit: LARGEST_CONTENT / 1024,
      Size: content.length / 1024,
    });
  }
  if (!content.equals(Buffer.from(content.toString()))) {
    throw badRequest('The sandbox keeps hosted content that is UTF-8 text only.');
  }
  return content;
}

function hostedProfile(call: Call): Profile {
  const profile = profileOf(call);
  if (profile.locationUri !== 'hosted') {
    throw badRequest(`Configuration profile ${profile.id} is stored at ${profile.locationUri}, not in AppConfig.`);
  }
  return profile;
}

export const createHostedConfigurationVersion: Operation = (call) => {
  const profile = hostedProfile(call);
  const { headers } = call.request;
  const input = checked(hostedVersionHeaders, {
    ContentType: headers['content-type'],
    Description: headers.description,
    VersionLabel: headers.versionlabel,
    LatestVersionNumber: headers['latest-version-number'],
  });
  const content = contentOf(call);
  const { store, clock } = call.context;
  const existing = versionsOf(store, profile.id);
  const latest = existing.at(-1)?.number ?? 0;
  if (input.LatestVersionNumber !== undefined && input.LatestVersionNumber !== latest) {
    throw conflict(`The latest version is ${latest}, not ${input.LatestVersionNumber}.`);
  }
  if (input.VersionLabel !== undefined && existing.some(({ label }) => label === input.VersionLabel)) {
    throw conflict(`Version label ${input.VersionLabel} is used already.`);
  }
  const number = (store.lastVersions.get(profile.id) ?? 0) + 1;
  store.lastVersions.set(profile.id, number);
  const version: HostedVersion = {
    seq: number,
    applicationId: profile.applicationId,
    profileId: profile.id,
    number,
    description: input.Description,
    contentType: input.ContentType,
    label: input.VersionLabel,
    content,
    createdAt: clock.now(),
  };
  store.versions.set(`${profile.id}/${number}`, version);
  return shown(201, version);
};

/** `*` in a label stands for anything, as AWS allows. */
function labelFilter(pattern: string | null): (version: HostedVersion) => boolean {
  if (pattern === null) return () => true;
  const source = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const wanted = new RegExp(`^${source.join('.*')}$`);
  return ({ label }) => label !== undefined && wanted.test(label);
}

export const listHostedConfigurationVersions: Operation = (call) => {
  const { id } = profileOf(call);
  const { query } = call.request;
  const wanted = versionsOf(call.context.store, id).filter(labelFilter(query.get('version_label')));
  const { items, nextToken } = page(wanted, `versions/${id}`, query, 'newest-first');
  return { status: 200, body: { Items: items.map(summary), NextToken: nextToken } };
};

function versionOf(call: Call): HostedVersion {
  return call.context.store.versions.get(`${profileOf(call).id}/${numberLabel(call, 'VersionNumber')}`);
}

export const getHostedConfigurationVersion: Operation = (call) => shown(200, versionOf(call));

export const deleteHostedConfigurationVersion: Operation = (call) => {
  const { profileId, number } = versionOf(call);
  call.context.store.versions.delete(`${profileId}/${number}`);
  return NO_CONTENT;
};

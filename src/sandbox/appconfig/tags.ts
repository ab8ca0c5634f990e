/** Operations on the tags of a resource. */
import { badRequest, notFound } from './errors.ts';
import { checked, jsonBody, tagResourceInput } from './inputs.ts';
import { type Call, NO_CONTENT, type Operation } from './operation.ts';

const MOST_TAGS = 50;

function taggedOf(call: Call): { readonly arn: string; readonly tags: Readonly<Record<string, string>> } {
  const arn = call.labels.get('ResourceArn') ?? '';
  if (!/^arn:[^:]+:appconfig:[^:]*:\d{12}:.+$/.test(arn)) throw badRequest(`'${arn}' is not the ARN of a resource.`);
  const tags = call.context.store.tags.get(arn);
  if (tags === undefined) throw notFound('Resource', arn);
  return { arn, tags };
}

export const listTagsForResource: Operation = (call) => ({ status: 200, body: { Tags: { ...taggedOf(call).tags } } });

export const tagResource: Operation = (call) => {
  const { arn, tags } = taggedOf(call);
  const { Tags } = checked(tagResourceInput, jsonBody(call.request));
  const after = { ...tags, ...Tags };
  if (Object.keys(after).length > MOST_TAGS) throw badRequest(`A resource has at most ${MOST_TAGS} tags.`);
  call.context.store.tags.set(arn, after);
  return NO_CONTENT;
};

export const untagResource: Operation = (call) => {
  const { arn, tags } = taggedOf(call);
  const gone = new Set(call.request.query.getAll('tagKeys'));
  if (gone.size === 0)
    throw badRequest("Value null at 'tagKeys' failed to satisfy constraint: Member must not be null");
  call.context.store.tags.set(arn, Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))));
  return NO_CONTENT;
};

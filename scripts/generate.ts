/** Writes what follows from the code: the policy schema with its page, and what people and programs are told. */
import { readFileSync, writeFileSync } from 'node:fs';
import { noticeJsonSchemaText } from '../src/lib/notice-json.ts';
import { policyJsonSchemaText } from '../src/policy/json-schema.ts';
import { policyReference } from '../src/policy/reference.ts';
import { withNoticeTable } from '../src/tell/page.ts';
import { judgePictures } from './pictures/judges.ts';

writeFileSync(new URL('../config/policy.schema.json', import.meta.url), policyJsonSchemaText());
writeFileSync(new URL('../docs/policy.md', import.meta.url), policyReference());
writeFileSync(new URL('../config/notice.schema.json', import.meta.url), noticeJsonSchemaText());
const notifications = new URL('../docs/notifications.md', import.meta.url);
writeFileSync(notifications, withNoticeTable(readFileSync(notifications, 'utf8')));
for (const [kind, picture] of Object.entries(await judgePictures())) {
  writeFileSync(new URL(`../docs/judges/${kind}.svg`, import.meta.url), picture);
}

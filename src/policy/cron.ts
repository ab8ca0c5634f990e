/** When a cycle starts: a node-cron expression with seconds. */
import { validateDetailed } from 'node-cron';
import { z } from 'zod';
import { plainText } from '../lib/text.ts';

const EXPECTED = 'expected a cron expression of six fields, seconds first, such as "*/15 * * * * *"';

/** node-cron writes a range out, number by number, before it looks whether the numbers can be: memory would end first. */
const LARGE = /\d{3,}/;

/** What is wrong with a cron expression, in words; undefined when nothing is. */
function cronFault(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/).length;
  if (fields === 5) return `${EXPECTED}; this one has five fields, so it has no seconds`;
  if (fields !== 6) return EXPECTED;
  const large = LARGE.exec(expression)?.[0];
  if (large !== undefined) return `${EXPECTED}; no field has a number like ${plainText(large, 20)}`;
  const { valid, errors } = validateDetailed(expression);
  if (valid) return undefined;
  const faults = errors.map((error) => `${error.field}: ${error.message}`);
  return `${EXPECTED} (${faults.join('; ')})`;
}

export const cronSchema = z
  .string()
  .superRefine((expression, context) => {
    const fault = cronFault(expression);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  })
  .default('*/15 * * * * *');

/** The sources there are: one file or folder each, one line here. */
import { cloudwatch } from './cloudwatch/index.ts';
import { datadog } from './datadog/index.ts';
import { http } from './http/index.ts';
import { newrelic } from './newrelic/index.ts';
import { prometheus } from './prometheus/index.ts';

export const sources = [cloudwatch, prometheus, http, datadog, newrelic] as const;

/** A URL of the web in a policy file that is no secret. */
import { z } from 'zod';
import { once } from './once.ts';

function isWebUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '';
}

export const webUrlSchema = once(() =>
  z.string().max(2_000).refine(isWebUrl, 'expected an http:// or https:// URL without a user and password in it'),
);

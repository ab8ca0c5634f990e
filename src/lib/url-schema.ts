/** A URL of the web in a policy file that is no secret. */
import { z } from 'zod';

function isWebUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '';
}

export const webUrlSchema = z
  .string()
  .max(2_000)
  .refine(isWebUrl, 'expected an http:// or https:// URL without a user and password in it');

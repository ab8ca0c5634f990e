/** The calls to SNS that its messages may lead to, by the one HTTP client. */
import type { SnsAccess } from '../hooks/sns/certificates.ts';
import { failureOfAnswer, type HttpClient } from '../lib/http.ts';

const TIMEOUT = 5_000;
const LONGEST = 64 * 1024;

export function snsAccess(http: HttpClient): SnsAccess {
  async function get(what: string, url: URL, signal: AbortSignal): Promise<string> {
    const answer = await http.send({ what, method: 'GET', url, timeout: TIMEOUT, longest: LONGEST }, signal);
    if (answer.status !== 200) throw failureOfAnswer(what, answer);
    return answer.text;
  }
  return {
    fetchCertificate: (url, signal) => get(`the certificate of SNS at ${url.host}`, url, signal),
    async confirmSubscription(url, signal) {
      await get(`the confirmation at ${url.host}`, url, signal);
    },
  };
}

/** The script of in-pod.ts as one text with the packages it uses: the image has none that could be imported. */
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

export async function customerScript(): Promise<string> {
  const input = fileURLToPath(new URL('in-pod.ts', import.meta.url));
  await using bundle = await rolldown({ input, platform: 'node' });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
  const [script] = output;
  return script.code;
}

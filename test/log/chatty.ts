/** Logs more than a pipe holds to stdout, then says on stderr how many lines were lost; run as a process of its own. */
import { writeSync } from 'node:fs';
import { watchdogLogger } from '../../src/log/logger.ts';

const log = watchdogLogger({ level: 'info' });
for (let batch = 0; batch < 100; batch++) {
  for (let line = 0; line < 1_000; line++)
    log.logger.info({ batch, line }, 'a line of a log that nobody may be reading');
  await new Promise((resolve) => setImmediate(resolve));
}
await log.flush();
writeSync(2, `lost ${log.lost()}\n`);
process.on('exit', (code) => writeSync(2, `ended ${code}\n`));

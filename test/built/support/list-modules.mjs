/** Loaded into a program by --import: writes the URL of every module it loads to the file in MODULES_TO, when it ends. */
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const loaded = new Set();
registerHooks({
  load(url, context, next) {
    loaded.add(url);
    return next(url, context);
  },
});
process.on('exit', () => writeFileSync(process.env.MODULES_TO, JSON.stringify([...loaded])));

/** Loaded into a daemon: from SIGUSR2 on it takes every file descriptor there is, until SIGUSR2 gives them back. */
import { closeSync, openSync } from 'node:fs';

const taken = [];
let taking;

function takeAll() {
  try {
    for (;;) taken.push(openSync('/dev/null'));
  } catch (error) {
    if (error.code !== 'EMFILE') throw error;
  }
}

process.on('SIGUSR2', () => {
  if (taking === undefined) {
    takeAll();
    // Those of connections that end meanwhile as well.
    taking = setInterval(takeAll, 1).unref();
  } else {
    clearInterval(taking);
    for (const fd of taken.splice(0)) closeSync(fd);
  }
});

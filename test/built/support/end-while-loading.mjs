/** Loaded into a daemon: sends it SIGTERM as soon as it listens to it, which is before the rest of it has been loaded. */
process.on('newListener', function first(name) {
  if (name !== 'SIGTERM') return;
  process.off('newListener', first);
  setImmediate(() => process.kill(process.pid, 'SIGTERM'));
});

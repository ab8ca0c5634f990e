/** Loaded into a daemon: SIGUSR2 blocks its event loop for six seconds, as a runaway computation would. */
process.on('SIGUSR2', () => {
  const end = performance.now() + 6_000;
  while (performance.now() < end);
});

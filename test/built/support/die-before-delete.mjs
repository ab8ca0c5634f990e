/** Loaded into a daemon: kills it with -9 when it is about to give StopDeployment, its only DELETE, to a connection. */
import { subscribe } from 'node:diagnostics_channel';

// By undici, which carries the SDK's requests.
subscribe('undici:request:create', ({ request }) => {
  if (request.method === 'DELETE') process.kill(process.pid, 'SIGKILL');
});

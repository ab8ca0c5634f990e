/** Loaded into a daemon: kills it with -9 when it is about to give StopDeployment, its only DELETE, to a connection. */
import { Agent } from 'node:http';

const addRequest = Agent.prototype.addRequest;
Agent.prototype.addRequest = function (request, ...rest) {
  if (request.method === 'DELETE') process.kill(process.pid, 'SIGKILL');
  return addRequest.call(this, request, ...rest);
};

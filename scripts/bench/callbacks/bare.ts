// A server that reads a request and answers 204: what this machine, Node and the sender need when there is nothing to do.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => {
  request.resume().once('end', () => response.writeHead(204).end());
});
process.on('message', command => {
  if (command === 'stop') process.exit();
  process.send?.({ result: { cpu: process.cpuUsage(), halts: [] } });
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send?.({ result: (server.address() as AddressInfo).port }));

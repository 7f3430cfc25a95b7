import { io, type Socket } from 'socket.io-client';

// Dashboards of the bench, in a process of their own: they take everything and do nothing with it.

const [, , url = '', token = '', wanted = '100', form = 'batch'] = process.argv;
let sockets: Socket[] = [];
let events = 0;

process.on('message', async (message: 'connect' | 'disconnect' | 'count' | 'stop') => {
  if (message === 'connect') {
    sockets = Array.from({ length: Number(wanted) }, () =>
      io(url, { transports: ['websocket'], forceNew: true, auth: { token, batch: form === 'batch' } }),
    );
    await Promise.all(
      sockets.map(socket => {
        socket.on('live:batch', ({ events: list }: { events: unknown[] }) => {
          events += list.length;
        });
        for (const name of ['call:updated', 'call:transcript', 'call:started'])
          socket.on(name, () => {
            events += 1;
          });
        return new Promise(resolve => socket.once('calls:snapshot', resolve));
      }),
    );
    process.send!('connected');
  } else if (message === 'disconnect') {
    for (const socket of sockets) socket.disconnect();
    process.send!('disconnected');
  } else if (message === 'count') {
    process.send!({ events });
    events = 0;
  } else process.exit(0);
});
process.send!('ready');

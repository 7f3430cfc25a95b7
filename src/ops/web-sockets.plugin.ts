import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import websocket from '@fastify/websocket';
import fp from 'fastify-plugin';

/** Socket.IO answers its own upgrades; everything else belongs to our raw routes. */
const isSocketIo = (url: string) =>
  url.startsWith('/socket.io/') || url === '/socket.io' || url.startsWith('/socket.io?');

/** The largest message a raw socket may send us; Twilio's are under 1 KB, a coalescing client's under 20. */
const MAX_PAYLOAD = 128 * 1024;

/** Whoever has not closed this long after the process began to close is cut off. */
const LAST_WORD_MS = 2_000;

/**
 * Raw WebSocket routes (`{ websocket: true }`) beside Socket.IO on one port. The plugin listens to an emitter of its own and
 * not to the server: registered plainly, the two would answer each other's upgrades. A server closes once its last socket has, so none
 * is left to itself: those that come while it closes are turned away, those that stay are cut off.
 */
export const webSockets = fp(
  async app => {
    const upgrades = new EventEmitter();
    const open = new Set<Duplex>();
    let closing = false;
    // Before the hook of the library, which listens to no upgrade from then on.
    app.addHook('preClose', async () => {
      closing = true;
      setTimeout(() => {
        for (const socket of open) socket.destroy();
      }, LAST_WORD_MS).unref();
    });
    await app.register(websocket, {
      options: {
        // It only ever listens for `upgrade` here, which is all that an emitter must offer.
        server: upgrades as never,
        maxPayload: MAX_PAYLOAD,
        // µ-law does not compress, and compressing costs each frame a promise and a copy.
        perMessageDeflate: false,
      },
    });
    app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (closing) return turnAway(socket);
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      const answeredElsewhere = isSocketIo(request.url ?? '') && app.server.listenerCount('upgrade') > 1;
      if (!answeredElsewhere) upgrades.emit('upgrade', request, socket, head);
    });
  },
  { name: 'web-sockets' },
);

/** Another process may take it, or this one when it is back. */
function turnAway(socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () =>
    socket.destroy(),
  );
}

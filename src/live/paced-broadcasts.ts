import type { Adapter } from 'socket.io-adapter';
import type { Turns } from './turns.ts';

/** What the adapter of every kind does for a broadcast: makes the packet into bytes, then hands them to each socket. */
interface AdapterInside {
  _encode(packet: unknown, options: unknown): unknown;
  apply(options: unknown, each: (socket: unknown) => void): void;
}

/** Broadcasts reach their sockets a few in each turn of the event loop, where the adapter would write to all of them at once. */
export function paceBroadcasts(adapter: Adapter, turns: Turns): void {
  const inside = adapter as unknown as AdapterInside;
  const [encode, apply] = [inside._encode.bind(adapter), inside.apply.bind(adapter)];
  /** `apply` serves joining, leaving and counting, too; those cannot wait. */
  let isBroadcast = false;
  inside._encode = (packet, options) => {
    const encoded = encode(packet, options);
    isBroadcast = true;
    return encoded;
  };
  inside.apply = (options, each) => {
    if (!isBroadcast) return apply(options, each);
    isBroadcast = false;
    apply(options, socket => turns.run(() => each(socket)));
  };
}

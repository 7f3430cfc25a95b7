import { Socket, type SocketConstructorOpts } from 'node:net';
import type { Duplex } from 'node:stream';

/*
 * For each read Node makes a buffer of 64 KiB, cuts it down to what came, and leaves it to the collector: a sixth of all that a frame
 * of audio costs. Sockets that a program connects may read into one buffer instead (`onread` of `net.connect`). Those that were
 * accepted, or connected for an upgrade, are of the same kind but cannot be told. What that option sets is found by using it on a
 * socket without a connection; where Node is built otherwise nothing is found, and reading stays as it is.
 */

/** What came lies at the beginning of `data`, and only during the call. */
export type TakeRead = (data: Buffer, length: number) => void;

/** As much as Node reads at once. */
export const readBytes = 64 * 1024;

interface Reading {
  readonly useUserBuffer: (buffer: Uint8Array) => void;
}

const places = findPlaces();

/** Whether this connection can be made to read into a given buffer. */
export function canShareReads(wire: Duplex): wire is Socket {
  return (
    places !== undefined &&
    wire instanceof Socket &&
    readingOf(wire) !== undefined &&
    placed(wire, places.buffer) === null &&
    placed(wire, places.callback) === null
  );
}

/**
 * From here on whatever comes is read into `buffer`, which many connections may share, and shown to `take`; the stream brings no
 * data any more, but its end, errors and pauses as before. Only for a connection whose stream holds nothing back.
 */
export function shareReads(wire: Socket, buffer: Buffer, take: TakeRead): void {
  if (!places) return;
  const read = (length: number, data: Buffer) => {
    take(data, length);
    return true;
  };
  Object.assign(wire, { [places.buffer]: buffer, [places.callback]: read });
  readingOf(wire)?.useUserBuffer(buffer);
}

function readingOf(wire: Socket): Reading | undefined {
  const { _handle: handle } = wire as { readonly _handle?: Partial<Reading> | null };
  return typeof handle?.useUserBuffer === 'function' ? (handle as Reading) : undefined;
}

function placed(wire: Socket, place: symbol): unknown {
  return Reflect.get(wire, place);
}

function findPlaces(): { readonly buffer: symbol; readonly callback: symbol } | undefined {
  const given = { buffer: Buffer.alloc(1), callback: () => true };
  const probe = new Socket({ onread: given } as SocketConstructorOpts);
  const holding = (value: unknown) => Object.getOwnPropertySymbols(probe).find(place => placed(probe, place) === value);
  const [buffer, callback] = [holding(given.buffer), holding(given.callback)];
  probe.destroy();
  return buffer && callback ? { buffer, callback } : undefined;
}

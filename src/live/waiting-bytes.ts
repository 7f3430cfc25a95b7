import type { Socket } from 'socket.io';

/** What Engine.IO holds of a connection: packets that wait for the transport, and bytes that the transport has not got rid of. */
interface EngineConnection {
  readonly writeBuffer?: readonly { readonly data?: unknown }[];
  readonly transport?: { readonly socket?: { readonly bufferedAmount?: number } };
}

const sizeOf = (data: unknown): number =>
  typeof data === 'string' ? data.length : data instanceof Uint8Array ? data.byteLength : 0;

/** Bytes that wait in this process for a client to take them. */
export function waitingBytes({ conn }: Pick<Socket, 'conn'>): number {
  const { writeBuffer = [], transport } = conn as unknown as EngineConnection;
  let bytes = transport?.socket?.bufferedAmount ?? 0;
  for (const { data } of writeBuffer) bytes += sizeOf(data);
  return bytes;
}

/** What somebody may follow. `call:` and `campaign:` are followed by our id. */
export type Topic = 'calls' | 'metrics' | `call:${string}` | `campaign:${string}`;

/** How a connection is told: with or without people's names and numbers, in batches or event by event. */
export interface Telling {
  readonly masked: boolean;
  readonly batch: boolean;
}

export const tellings: readonly Telling[] = [
  { masked: false, batch: true },
  { masked: true, batch: true },
  { masked: false, batch: false },
  { masked: true, batch: false },
];

/**
 * Those who take so little that what the next word replaces would only pile up. Socket.IO's own `volatile` would throw it away for
 * everybody to whom anything else is just being sent, which is nearly always.
 */
export const slowRoom = '~slow';

/** The room of a topic for those who are told in the same way: each event is encoded once for each room that has members. */
export const roomOf = (topic: Topic, { masked, batch }: Telling): string =>
  `${topic}${masked ? '~masked' : ''}${batch ? '' : '~each'}`;

/** The calls that somebody watches, by our id, when these rooms have members. */
export function watchedCalls(rooms: Iterable<string>): Set<string> {
  const ids = new Set<string>();
  for (const room of rooms) if (room.startsWith('call:')) ids.add(room.slice('call:'.length).split('~', 1)[0]!);
  return ids;
}

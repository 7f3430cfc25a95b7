import { bytesPerMs, frameBytes, silenceByte } from '../../audio/mulaw.ts';

/**
 * The carrier's buffer of audio that is still to be played to the caller, on a virtual clock: one `take` is 20 ms. Marks stand
 * in the same queue and are reached when everything before them has been played.
 */
export interface PlayoutBuffer {
  /** Queues audio and returns how many bytes did not fit. */
  addAudio(audio: Buffer): number;
  /** Queues a mark; true when nothing stands before it, so that it is echoed at once. */
  addMark(name: string): boolean;
  /** Empties the queue and returns the marks that were still outstanding, in order. */
  clear(): string[];
  /** The next 20 ms, undefined when there is nothing to play, and the marks that have now been reached. */
  take(): { frame: Buffer | undefined; reached: readonly string[] };
  readonly queuedMs: number;
}

/** About ten minutes, after which further audio is thrown away. */
export const bufferLimitMs = 600_000;

type Entry = { audio: Buffer; at: number } | { mark: string };

const none: readonly string[] = [];

export function createPlayoutBuffer(limitMs = bufferLimitMs): PlayoutBuffer {
  const limitBytes = limitMs * bytesPerMs;
  let queue: Entry[] = [];
  let head = 0;
  let queuedBytes = 0;
  let playing = false; // the frame handed out last is still being heard

  const compact = () => {
    if (head > 256 && head * 2 > queue.length) {
      queue = queue.slice(head);
      head = 0;
    }
  };
  const marksAtHead = (): readonly string[] => {
    let marks: string[] | undefined;
    for (let entry = queue[head]; entry && 'mark' in entry; entry = queue[head]) {
      marks ??= [];
      marks.push(entry.mark);
      head += 1;
    }
    return marks ?? none;
  };

  /** A frame from several pieces; a mark between them is reached with the next frame, at most 20 ms late. */
  const gather = (): Buffer => {
    const frame = Buffer.alloc(frameBytes, silenceByte);
    let filled = 0;
    const passed: Entry[] = [];
    while (filled < frameBytes && head < queue.length) {
      const entry = queue[head]!;
      if ('mark' in entry) {
        passed.push(entry);
        head += 1;
        continue;
      }
      const taken = entry.audio.copy(
        frame,
        filled,
        entry.at,
        Math.min(entry.audio.length, entry.at + frameBytes - filled),
      );
      filled += taken;
      entry.at += taken;
      queuedBytes -= taken;
      if (entry.at === entry.audio.length) head += 1;
    }
    if (passed.length) {
      queue = [...passed, ...queue.slice(head)];
      head = 0;
    }
    compact();
    return frame;
  };

  return {
    get queuedMs() {
      return queuedBytes / bytesPerMs;
    },
    addAudio(audio) {
      const room = Math.max(0, limitBytes - queuedBytes);
      const taken = audio.length <= room ? audio : audio.subarray(0, room);
      if (taken.length) queue.push({ audio: taken, at: 0 });
      queuedBytes += taken.length;
      return audio.length - taken.length;
    },
    addMark(name) {
      if (head === queue.length && !playing) return true;
      queue.push({ mark: name });
      return false;
    },
    clear() {
      const marks = queue.slice(head).flatMap(entry => ('mark' in entry ? [entry.mark] : []));
      queue = [];
      head = 0;
      queuedBytes = 0;
      playing = false;
      return marks;
    },
    take() {
      const reached = marksAtHead();
      const first = queue[head];
      if (!first || !('audio' in first)) {
        playing = false;
        return { frame: undefined, reached };
      }
      playing = true;
      if (first.audio.length - first.at >= frameBytes) {
        const frame = first.audio.subarray(first.at, first.at + frameBytes);
        first.at += frameBytes;
        if (first.at === first.audio.length) head += 1;
        queuedBytes -= frameBytes;
        compact();
        return { frame, reached };
      }
      return { frame: gather(), reached };
    },
  };
}

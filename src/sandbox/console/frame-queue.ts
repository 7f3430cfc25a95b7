/**
 * The microphone's frames between the network and the line, which takes one every 20 ms. After silence, a few frames are
 * gathered before the first is given, so that ordinary jitter leaves no gaps; what is too much is the oldest audio, thrown away.
 */
export interface FrameQueue {
  push(frame: Buffer): void;
  /** The next frame; undefined while there is none to give. */
  take(): Buffer | undefined;
  clear(): void;
  readonly length: number;
  /** Frames that were thrown away because the sender was faster than the line. */
  readonly dropped: number;
}

/** 60 ms: what a browser on a busy machine is late by now and then. */
const gatheredFrames = 3;
/** Half a second: who is further behind than that wants to hear what is said now. */
const mostFrames = 25;

export function createFrameQueue(gathered = gatheredFrames, most = mostFrames): FrameQueue {
  let frames: Buffer[] = [];
  let flowing = false;
  let dropped = 0;
  return {
    push(frame) {
      frames.push(frame);
      if (frames.length > most) {
        const surplus = frames.length - gathered;
        frames = frames.slice(surplus);
        dropped += surplus;
      }
      if (frames.length >= gathered) flowing = true;
    },
    take() {
      if (!flowing) return undefined;
      const frame = frames.shift();
      if (!frame) flowing = false;
      return frame;
    },
    clear() {
      frames = [];
      flowing = false;
    },
    get length() {
      return frames.length;
    },
    get dropped() {
      return dropped;
    },
  };
}

/** Milliseconds of telephone audio behind so much base64. */
export function durationOf(base64: Buffer): number {
  const { length } = base64;
  const padding = length === 0 ? 0 : base64[length - 2] === 0x3d ? 2 : base64[length - 1] === 0x3d ? 1 : 0;
  return ((length / 4) * 3 - padding) / 8;
}

/** Caller audio that waits, at most so many milliseconds of it. When it is full, the oldest goes. */
export class CallerBuffer {
  private readonly limitMs: number;
  private frames: Buffer[] = [];
  private held = 0;

  constructor(limitMs: number) {
    this.limitMs = limitMs;
  }

  get ms(): number {
    return this.held;
  }

  /** Keeps a copy, since frames are views of memory that the socket uses again; returns how many frames had to go. */
  push(base64: Buffer): number {
    this.frames.push(Buffer.from(base64));
    this.held += durationOf(base64);
    let dropped = 0;
    while (this.held > this.limitMs && this.frames.length > dropped) {
      this.held -= durationOf(this.frames[dropped]!);
      dropped += 1;
    }
    if (dropped > 0) this.frames.splice(0, dropped);
    return dropped;
  }

  /** Everything that waits, oldest first; the buffer is empty afterwards. */
  take(): Buffer[] {
    const { frames } = this;
    this.frames = [];
    this.held = 0;
    return frames;
  }
}

/** Several frames as one: base64 with padding cannot simply be strung together. */
export const joinBase64 = (frames: readonly Buffer[]): string =>
  Buffer.concat(frames.map(frame => Buffer.from(frame.toString('latin1'), 'base64'))).toString('base64');

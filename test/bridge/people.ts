import type { CallSide, LetGo } from '../../src/handoff/handoff.types.ts';
import { createFingerprintIndex, createRecogniser } from '../../src/sandbox/audio/fingerprint.ts';
import { type CallSite, testClips } from './call-site.ts';

export const dana = { kind: 'user', id: 'u-dana', label: 'Dana Reyes' } as const;
export const sam = { kind: 'user', id: 'u-sam', label: 'Sam Birch' } as const;

/** Ears that know the test's clips: what was heard on each side, and why it stopped. */
export function ears(who: typeof dana | typeof sam = dana) {
  const index = createFingerprintIndex(testClips.clips);
  const recognisers = new Map<CallSide, ReturnType<typeof createRecogniser>>();
  const clips: { side: CallSide; clipId: string; complete: boolean; ms: number }[] = [];
  const bytes: Record<CallSide, number> = { caller: 0, agent: 0, person: 0 };
  const stops: LetGo[] = [];
  const gaps: string[] = [];
  const next: Record<CallSide, number> = { caller: 0, agent: 0, person: 0 };
  const waiting = new Set<() => void>();
  const keep = (side: CallSide, found: ReturnType<ReturnType<typeof createRecogniser>['push']>) => {
    for (const { clipId, complete, from, to } of found) clips.push({ side, clipId, complete, ms: (to - from) / 8 });
  };
  const changed = () => {
    for (const look of waiting) look();
  };
  return {
    who,
    clips,
    bytes,
    stops,
    gaps,
    audio(side: CallSide, seq: number, mulaw: Buffer) {
      if (seq !== next[side]) gaps.push(`${side} ${seq}`);
      next[side] = seq + 1;
      bytes[side] += mulaw.length;
      const recogniser = recognisers.get(side) ?? createRecogniser(index);
      recognisers.set(side, recogniser);
      keep(side, recogniser.push(mulaw));
      changed();
    },
    stopped(why: LetGo) {
      stops.push(why);
      for (const [side, recogniser] of recognisers) keep(side, recogniser.flush());
      changed();
    },
    /** What was heard of a side, as the person on the phone would tell it. */
    heard: (side: CallSide) =>
      clips.filter(each => each.side === side).map(each => (each.complete ? each.clipId : `${each.clipId} (in part)`)),
    until: (holds: () => boolean): Promise<void> =>
      new Promise(resolve => {
        const look = () => {
          if (!holds()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

export type Ears = ReturnType<typeof ears>;

/** A microphone that says clips, and silence between them, in 40 ms pieces of the site's time, until it is switched off. */
export function microphone(site: CallSite, line: { speak(seq: number, mulaw: Buffer): void }) {
  const pieceBytes = 320;
  const silence = Buffer.alloc(pieceBytes, 0xff);
  let seq = 0;
  let waiting: Buffer[] = [];
  let said = () => {};
  let stop = () => {};
  const send = () => {
    const piece = waiting.shift();
    line.speak(seq, piece ?? silence);
    seq += 1;
    if (piece && waiting.length === 0) said();
    stop = site.clock.after(40, send);
  };
  send();
  return {
    /** Resolves when the last piece was sent. */
    say(clipId: string): Promise<void> {
      const { bytes } = testClips.find(clipId)!;
      for (let at = 0; at < bytes.length; at += pieceBytes)
        waiting.push(Buffer.from(bytes.subarray(at, at + pieceBytes)));
      return new Promise(resolve => {
        said = resolve;
      });
    },
    off() {
      waiting = [];
      stop();
    },
  };
}

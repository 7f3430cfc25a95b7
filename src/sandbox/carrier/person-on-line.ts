import { type AudioFrame, lineNoise, tone } from '../audio/audio-frame.ts';
import type { Moment, Person, PersonStep } from '../scenarios/scenario.ts';
import { createTurnTracker } from './turn-tracker.ts';

/** Whoever holds the far end of a line; asked for one frame and given one frame every 20 ms. */
export interface LineParty {
  next(): AudioFrame;
  hear(bytes: Buffer, speech: boolean): void;
  /** The line was joined with a media stream. */
  joined?(): void;
  /** Audio came from the product, and waits to be played. */
  arrived?(audio: Buffer): void;
}
export interface LinePartyActions {
  press(digit: string): void;
  hangUp(): void;
}

const stepMs = 20;
const keyGapMs = 200;
const reactionMs = 400;
/** A person to whom nobody has said anything for so long after the end of their script puts the phone down. */
const lonelyMs = 60_000;
const messageSilenceMs = 6_000;
const longestMessageMs = 60_000;
const beepFrames = tone(1_000, 500, 'beep');
const faxFrames = tone(2_100, 3_000, 'fax');

type Cue =
  | { frames: readonly AudioFrame[] }
  | { wait: Moment }
  | { keys: string }
  | { hangUp: true }
  | { listen: number | undefined };

/** Plays a person's part. It owns no timer: all it knows of time is how often it was asked for a frame. */
export function createPersonOnLine(person: Person, actions: LinePartyActions): LineParty {
  const cues = cuesFor(person);
  const turns = createTurnTracker();
  let elapsedMs = 0; // since the answer
  let cueSince = 0;
  let speaking: { frames: readonly AudioFrame[]; at: number } | undefined;
  let keys = '';
  let keyDueAt = 0;
  let baseline = 0; // the agent's turns that had begun when this person last spoke up
  let lastSoundAt = 0;
  let gone = false;

  const finishCue = () => {
    cues.shift();
    cueSince = elapsedMs;
  };
  const hangUp = () => {
    gone = true;
    actions.hangUp();
  };
  const isTime = (moment: Moment): boolean => {
    const waited = elapsedMs - cueSince;
    switch (moment.kind) {
      case 'after':
        return waited >= moment.ms;
      case 'silence':
        return elapsedMs - Math.max(lastSoundAt, cueSince) >= moment.ms;
      case 'into-agent-turn':
        return (turns.started > baseline && turns.speakingMs >= moment.ms) || waited >= moment.patienceMs;
      case 'agent-turn': {
        const wanted = moment.turn === 'next' ? baseline + 1 : moment.turn;
        return (turns.ended >= wanted && turns.silentMs >= reactionMs) || waited >= moment.patienceMs;
      }
    }
  };
  /** A machine's recording goes on: for as long as it was told, or until nobody speaks. */
  const listens = (seconds: number | undefined): boolean => {
    const waited = elapsedMs - cueSince;
    if (seconds !== undefined) return waited < seconds * 1_000;
    const heard = turns.started > 0 && turns.silentMs >= messageSilenceMs;
    const nobody = turns.started === 0 && waited >= 2 * messageSilenceMs;
    return !heard && !nobody && waited < longestMessageMs;
  };
  /** Works through the cues that are due and starts at most one sound. */
  const proceed = () => {
    while (!speaking && !gone) {
      const cue = cues[0];
      if (!cue) {
        if (elapsedMs - Math.max(lastSoundAt, cueSince) >= lonelyMs) hangUp();
        return;
      }
      if ('wait' in cue) {
        if (!isTime(cue.wait)) return;
        // A greeting belongs to no turn: the agent may have begun its first one meanwhile.
        if (cue.wait.kind !== 'after' || elapsedMs > 2_000) baseline = turns.started;
        finishCue();
      } else if ('frames' in cue) {
        speaking = { frames: cue.frames, at: 0 };
        cues.shift();
      } else if ('keys' in cue) {
        keys += cue.keys;
        finishCue();
      } else if ('listen' in cue) {
        if (listens(cue.listen)) return;
        finishCue();
      } else {
        return hangUp();
      }
    }
  };

  return {
    next() {
      elapsedMs += stepMs;
      if (keys && elapsedMs >= keyDueAt) {
        actions.press(keys[0]!);
        keys = keys.slice(1);
        keyDueAt = elapsedMs + keyGapMs;
      }
      proceed();
      if (!speaking) return lineNoise[(elapsedMs / stepMs) % lineNoise.length]!;
      const frame = speaking.frames[speaking.at++]!;
      lastSoundAt = elapsedMs;
      if (speaking.at === speaking.frames.length) {
        speaking = undefined;
        cueSince = elapsedMs;
      }
      return frame;
    },
    hear(_bytes, speech) {
      turns.push(speech);
      if (speech) lastSoundAt = elapsedMs;
    },
  };
}

function cuesFor(person: Person): Cue[] {
  const cues: Cue[] = [];
  const greet = person.greeting ?? person.announcementClip;
  if (person.answer === 'fax') {
    for (let round = 0; round < 6; round += 1) cues.push({ wait: { kind: 'after', ms: 1_000 } }, { frames: faxFrames });
    return [...cues, { hangUp: true }];
  }
  if (greet) cues.push({ wait: { kind: 'after', ms: 400 } }, { frames: greet.frames });
  if (person.answer === 'voicemail') {
    if (person.beep !== false) cues.push({ wait: { kind: 'after', ms: 500 } }, { frames: beepFrames });
    return [...cues, { listen: person.records }, { hangUp: true }];
  }
  for (const step of person.steps) cues.push({ wait: step.moment }, cueOf(step));
  return cues;
}

function cueOf({ action }: PersonStep): Cue {
  if (action.kind === 'say') return { frames: action.clip.frames };
  return action.kind === 'press' ? { keys: action.digits } : { hangUp: true };
}

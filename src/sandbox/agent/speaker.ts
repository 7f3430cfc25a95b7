import { type AudioFormat, fromMulaw } from './audio-format.ts';
import { firstWords } from './caller-ear.ts';
import {
  agentResponse,
  audio,
  correction,
  interruption,
  responseComplete,
  responsePart,
  type ServerMessage,
} from './server-messages.ts';

export interface SpeakerActions {
  send(message: ServerMessage): void;
  now(): number;
  nextEventId(): number;
}

/** One answer of the agent, and what is known of how much of it was heard. */
export interface SpokenAnswer {
  readonly responseId: string;
  readonly text: string;
  readonly eventId: number;
  readonly startsAt: number;
  readonly endsAt: number;
}

export interface Speaker {
  /** Sends an answer at once, however long it takes to play. `deadAfter` says after which chunk to stop, for the fault that dies. */
  say(text: string, mulaw: Buffer, deadAfter?: number): SpokenAnswer;
  /** Stops what is still being played and says what was heard of it. */
  interrupt(): { answer: SpokenAnswer; heard: string }[];
  /** When the caller will have heard everything, by the twin's clock. */
  readonly playsUntil: number;
}

/** Chunks differ in length as the vendor's do, and none is a whole number of telephone frames. */
const chunkMs = [437, 1_213, 2_049, 1_603, 951];

/** The agent's voice: sends faster than real time and keeps count of what must be playing at the other end. */
export function createSpeaker(format: AudioFormat, actions: SpeakerActions): Speaker {
  let playsUntil = 0;
  let answers = 0;
  let playing: SpokenAnswer[] = [];

  const sendAudio = (mulaw: Buffer, deadAfter: number) => {
    // Whether the pieces of one answer share an id is nowhere said: here every second answer's do.
    const shared = answers % 2 === 0 ? actions.nextEventId() : undefined;
    let at = 0;
    for (let piece = 0; at < mulaw.length && piece < deadAfter; piece += 1) {
      const end = Math.min(mulaw.length, at + chunkMs[piece % chunkMs.length]! * 8);
      actions.send(audio(fromMulaw(mulaw.subarray(at, end), format), shared ?? actions.nextEventId()));
      at = end;
    }
  };

  return {
    get playsUntil() {
      return playsUntil;
    },
    say(text, mulaw, deadAfter = Number.POSITIVE_INFINITY) {
      const now = actions.now();
      answers += 1;
      const startsAt = Math.max(now, playsUntil);
      playsUntil = startsAt + mulaw.length / 8;
      playing = playing.filter(each => each.endsAt > now);
      const answer = {
        responseId: `resp_${answers}`,
        text,
        eventId: actions.nextEventId(),
        startsAt,
        endsAt: playsUntil,
      };
      playing.push(answer);
      actions.send(responsePart('start', '', answer.eventId, answer.responseId));
      actions.send(responsePart('delta', text, answer.eventId, answer.responseId));
      actions.send(responsePart('stop', '', answer.eventId, answer.responseId));
      actions.send(agentResponse(text, answer.eventId, answer.responseId));
      sendAudio(mulaw, deadAfter);
      if (deadAfter === Number.POSITIVE_INFINITY) actions.send(responseComplete(answer.eventId));
      return answer;
    },
    interrupt() {
      const now = actions.now();
      const cut = playing.filter(each => each.endsAt > now);
      if (!cut.length) return [];
      playing = [];
      playsUntil = now;
      actions.send(interruption(actions.nextEventId()));
      return cut.map(answer => {
        const share = Math.max(0, now - answer.startsAt) / (answer.endsAt - answer.startsAt);
        const heard = firstWords(answer.text, share);
        actions.send(correction(answer.text, heard, answer.eventId, answer.responseId));
        return { answer, heard };
      });
    },
  };
}

/** Counts the turns of a speaker from what is heard of them, 20 ms at a time. */
export interface TurnTracker {
  push(speech: boolean): void;
  readonly started: number;
  readonly ended: number;
  /** How long the turn that is going on has lasted; 0 between turns. */
  readonly speakingMs: number;
  /** How long nothing has been heard. */
  readonly silentMs: number;
}

const stepMs = 20;
/** A click is no turn. */
const shortestTurnMs = 100;
/** A pause for breath does not end a turn. */
const endingSilenceMs = 800;

export function createTurnTracker(): TurnTracker {
  let started = 0;
  let ended = 0;
  let burstMs = 0;
  let turnMs = 0;
  let silentMs = 0;
  let inTurn = false;
  return {
    push(speech) {
      if (speech) {
        silentMs = 0;
        burstMs += stepMs;
        if (!inTurn && burstMs >= shortestTurnMs) {
          inTurn = true;
          started += 1;
          turnMs = burstMs;
        } else if (inTurn) turnMs += stepMs;
        return;
      }
      silentMs += stepMs;
      if (silentMs >= 60) burstMs = 0;
      if (!inTurn) return;
      turnMs += stepMs;
      if (silentMs >= endingSilenceMs) {
        inTurn = false;
        ended += 1;
        turnMs = 0;
      }
    },
    get started() {
      return started;
    },
    get ended() {
      return ended;
    },
    get speakingMs() {
      return turnMs;
    },
    get silentMs() {
      return silentMs;
    },
  };
}

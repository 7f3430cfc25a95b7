import { createStore, type Store } from '../../lib/store.ts';
import { silencesOf, type WavePeaks } from '../../lib/wave-peaks.ts';

export type HeardSide = 'both' | 'person' | 'agent';

export interface PlayerState {
  /** No sound is fetched, and nobody counted as a listener, before somebody wants to hear. */
  readonly state: 'idle' | 'loading' | 'ready' | 'failed';
  readonly playing: boolean;
  readonly rate: number;
  readonly side: HeardSide;
  readonly skipsSilence: boolean;
  readonly peaks: WavePeaks | null;
  /** Where in the call the recording begins and ends. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly error: unknown;
}

export const playerRates = [0.75, 1, 1.25, 1.5, 2] as const;

/** Plays one recording of a call. Positions are milliseconds since the call was answered, as in its transcript. */
export interface CallPlayer {
  readonly state: Store<PlayerState>;
  /** Painted past React, many times a second. */
  readonly position: Store<number>;
  toggle(): void;
  playFrom(ms: number): void;
  seek(ms: number): void;
  setRate(rate: number): void;
  setSide(side: HeardSide): void;
  skipSilence(on: boolean): void;
  close(): void;
}

/** Of a silence this much is left, so that a pause stays one. */
const keptOfSilenceMs = 300;
const longSilenceMs = 1_200;
/** An address to play from is good for fifteen minutes; a little less is counted on. */
const addressLastsMs = 14 * 60_000;

export function createCallPlayer(options: {
  /** An address that the browser streams from. */
  readonly fetchSoundAddress: (signal: AbortSignal) => Promise<string>;
  readonly fetchPeaks: (signal: AbortSignal) => Promise<WavePeaks>;
  readonly startMs: number;
  readonly durationMs: number;
}): CallPlayer {
  const { startMs } = options;
  const state = createStore<PlayerState>({
    state: 'idle',
    playing: false,
    rate: 1,
    side: 'both',
    skipsSilence: false,
    peaks: null,
    fromMs: startMs,
    toMs: startMs + options.durationMs,
    error: null,
  });
  const position = createStore(startMs);
  const told = () => position.set(startMs + audio.currentTime * 1_000);
  const audio = new Audio();
  const leaving = new AbortController();
  let addressUntil = 0;
  let silences: [number, number][] = [];
  let sides: { person: GainNode; agent: GainNode; context: AudioContext } | null = null;
  let frame = 0;
  const change = (changes: Partial<PlayerState>) => state.set({ ...state.get(), ...changes });

  const follow = () => {
    const now = audio.currentTime * 1_000;
    const silence = state.get().skipsSilence
      ? silences.find(([from, to]) => now > from + keptOfSilenceMs && now < to - keptOfSilenceMs)
      : undefined;
    if (silence) audio.currentTime = (silence[1] - keptOfSilenceMs) / 1_000;
    told();
    frame = state.get().playing ? requestAnimationFrame(follow) : 0;
  };
  audio.addEventListener('play', () => {
    change({ playing: true });
    cancelAnimationFrame(frame);
    follow();
  });
  audio.addEventListener('pause', () => change({ playing: false }));
  audio.addEventListener('seeked', told);
  audio.addEventListener('error', () => {
    if (state.get().state !== 'ready') return;
    const { playing } = state.get();
    cancelAnimationFrame(frame);
    // Somebody paused for long, and the address expired meanwhile: with a new one it goes on where it was.
    if (Date.now() >= addressUntil) {
      change({ state: 'idle', playing: false });
      if (playing) void play();
    } else change({ state: 'failed', playing: false, error: new Error('The browser cannot play the file.') });
  });

  async function drawn(): Promise<void> {
    if (state.get().peaks) return;
    try {
      const peaks = await options.fetchPeaks(leaving.signal);
      silences = silencesOf(peaks, longSilenceMs);
      change({ peaks, toMs: startMs + peaks.durationMs });
    } catch {
      // Who spoke when is drawn from the transcript then, and playing asks again.
    }
  }
  void drawn();

  async function load(): Promise<boolean> {
    const now = state.get().state;
    if (now === 'loading') return false;
    if (now === 'ready' && Date.now() < addressUntil) return true;
    change({ state: 'loading', error: null });
    void drawn();
    try {
      const askedAt = Date.now();
      const url = await options.fetchSoundAddress(leaving.signal);
      if (leaving.signal.aborted) return false;
      addressUntil = askedAt + addressLastsMs;
      audio.src = url;
      audio.defaultPlaybackRate = state.get().rate;
      audio.preservesPitch = true;
      change({ state: 'ready' });
      return true;
    } catch (error) {
      if (!leaving.signal.aborted) change({ state: 'failed', error });
      return false;
    }
  }

  const play = async () => {
    if (!(await load())) return;
    audio.playbackRate = state.get().rate;
    audio.currentTime = (position.get() - startMs) / 1_000;
    await sides?.context.resume();
    await audio.play().catch((error: unknown) => {
      // Pressed again before it began.
      if (!(error instanceof DOMException && error.name === 'AbortError')) change({ state: 'failed', error });
    });
  };
  const seek = (ms: number) => {
    const { fromMs, toMs, state: now } = state.get();
    const at = Math.min(Math.max(fromMs, ms), toMs);
    position.set(at);
    if (now === 'ready') audio.currentTime = (at - startMs) / 1_000;
  };

  return {
    state,
    position,
    toggle() {
      if (state.get().playing) audio.pause();
      else void play();
    },
    playFrom(ms) {
      seek(ms);
      if (!state.get().playing) void play();
    },
    seek,
    setRate(rate) {
      audio.playbackRate = rate;
      change({ rate });
    },
    setSide(side) {
      sides ??= twoEars(audio);
      sides.person.gain.value = side === 'agent' ? 0 : 1;
      sides.agent.gain.value = side === 'person' ? 0 : 1;
      void sides.context.resume();
      change({ side });
    },
    skipSilence: on => change({ skipsSilence: on }),
    close() {
      leaving.abort();
      cancelAnimationFrame(frame);
      audio.pause();
      audio.removeAttribute('src');
      // Only this lets go of what is still on its way.
      audio.load();
      void sides?.context.close();
    },
  };
}

/** Each channel with a loudness of its own, and both in both ears. */
function twoEars(audio: HTMLAudioElement) {
  const context = new AudioContext();
  const splitter = context.createChannelSplitter(2);
  const mono = new GainNode(context, { channelCount: 1, channelCountMode: 'explicit' });
  const [person, agent] = [context.createGain(), context.createGain()];
  context.createMediaElementSource(audio).connect(splitter);
  splitter.connect(person, 0);
  splitter.connect(agent, 1);
  person.connect(mono);
  agent.connect(mono);
  mono.connect(context.destination);
  return { person, agent, context };
}

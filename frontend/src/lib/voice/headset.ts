import {
  type EarSide,
  earName,
  type FromEar,
  type FromMouth,
  mouthName,
  type ToEar,
  type ToMouth,
} from './ear-messages.ts';
import workletUrl from './ear-worklet.ts?worker&url';
import { headsetChoice } from './headset-choice.ts';
import { askForMicrophone, refuseWithoutDevices } from './microphone.ts';
import { NoMicrophone } from './microphone-problem.ts';
import { playTo } from './speaker.ts';

/** Loudspeaker and, once somebody wants to speak, microphone of this browser. */
export interface Headset {
  play(side: EarSide, mulaw: Uint8Array): void;
  /** Nothing of what waits is heard any more. */
  clear(): void;
  /** The browser keeps silent until the page is clicked. */
  readonly blocked: boolean;
  unblock(): Promise<void>;
  /** Opens the microphone, muted or not; throws NoMicrophone with what stands in the way. */
  openMicrophone(events: MicrophoneEvents): Promise<Microphone>;
  close(): void;
}

export interface Microphone {
  /** What the browser calls it. */
  readonly label: string;
  mute(on: boolean): void;
  close(): void;
}

export interface MicrophoneEvents {
  onFrame(frame: Uint8Array): void;
  onLevel(level: number): void;
  /** Unplugged, or its permission taken back. */
  onLost(): void;
}

export type SideLevels = Readonly<Record<EarSide, number>>;

/** Opens the loudspeaker; to be called from a click or a key, which is what browsers want before they make a sound. */
export async function openHeadset(onLevels: (levels: SideLevels) => void): Promise<Headset> {
  const context = new AudioContext({ latencyHint: 'interactive' });
  try {
    await context.audioWorklet.addModule(workletUrl);
  } catch (error) {
    await context.close();
    throw error;
  }
  const ear = new AudioWorkletNode(context, earName, {
    numberOfInputs: 0,
    numberOfOutputs: 1,
    outputChannelCount: [2],
  });
  ear.connect(context.destination);
  void playTo(context, headsetChoice.get().speaker);
  ear.port.onmessage = ({ data }: MessageEvent<FromEar>) => onLevels(data.levels);
  const tell = (message: ToEar) => ear.port.postMessage(message);
  // Resuming may never settle where a click is missing: nobody waits for it.
  if (context.state === 'suspended') context.resume().catch(() => {});

  return {
    play: (side, mulaw) => tell({ kind: 'piece', side, mulaw }),
    clear: () => tell({ kind: 'clear' }),
    get blocked() {
      return context.state === 'suspended';
    },
    unblock: () => context.resume(),
    openMicrophone: events => openMicrophone(context, events),
    close() {
      ear.port.onmessage = null;
      ear.disconnect();
      void context.close();
    },
  };
}

async function openMicrophone(
  context: AudioContext,
  { onFrame, onLevel, onLost }: MicrophoneEvents,
): Promise<Microphone> {
  refuseWithoutDevices();
  const stream = await askForMicrophone(headsetChoice.get().microphone);
  const [track] = stream.getAudioTracks();
  if (!track) throw new NoMicrophone('missing');
  const source = context.createMediaStreamSource(stream);
  const mouth = new AudioWorkletNode(context, mouthName, {
    numberOfInputs: 1,
    numberOfOutputs: 0,
    channelCount: 1,
    channelCountMode: 'explicit',
  });
  mouth.port.onmessage = ({ data }: MessageEvent<FromMouth>) => {
    if (data.kind === 'frame') onFrame(data.frame);
    else onLevel(data.level);
  };
  source.connect(mouth);
  track.addEventListener('ended', onLost);
  return {
    label: track.label,
    mute: on => mouth.port.postMessage({ kind: 'mute', on } satisfies ToMouth),
    close() {
      track.removeEventListener('ended', onLost);
      track.stop();
      mouth.port.onmessage = null;
      source.disconnect();
      mouth.disconnect();
    },
  };
}

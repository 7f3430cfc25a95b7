import { askForMicrophone, refuseWithoutDevices } from '../../../lib/voice/microphone.ts';
import { NoMicrophone } from '../../../lib/voice/microphone-problem.ts';
import workletUrl from './phone-worklet.ts?worker&url';
import { type FromWorklet, processorName, type ToWorklet } from './worklet-messages.ts';

export type Levels = { microphone: number; ear: number };

/** Microphone and loudspeaker of this browser, as a telephone line sees them. */
export type PhoneAudio = {
  play(frame: Uint8Array): void;
  mute(on: boolean): void;
  clear(): void;
  ring(on: boolean): void;
  close(): void;
};

export type AudioEvents = {
  onFrame(frame: Uint8Array): void;
  onLevels(levels: Levels): void;
  /** The microphone went away: unplugged, or its permission taken back. */
  onLost(): void;
};

/** Asks for the microphone and connects it; throws NoMicrophone with what stands in the way. */
export async function openPhoneAudio({ onFrame, onLevels, onLost }: AudioEvents): Promise<PhoneAudio> {
  refuseWithoutDevices();
  // Made first and at once: only what follows a click directly may make a sound.
  const context = new AudioContext({ latencyHint: 'interactive' });
  let microphone: MediaStream | undefined;
  try {
    microphone = await askForMicrophone();
    await context.audioWorklet.addModule(workletUrl);
    if (context.state === 'suspended') await context.resume();
  } catch (error) {
    for (const track of microphone?.getTracks() ?? []) track.stop();
    await context.close();
    throw error instanceof NoMicrophone ? error : new NoMicrophone('failed', error);
  }
  const node = new AudioWorkletNode(context, processorName, {
    numberOfInputs: 1,
    numberOfOutputs: 1,
    outputChannelCount: [1],
    channelCount: 1,
    channelCountMode: 'explicit',
  });
  const source = context.createMediaStreamSource(microphone);
  source.connect(node).connect(context.destination);
  node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => {
    if (data.kind === 'frame') onFrame(data.frame);
    else onLevels(data);
  };
  const [track] = microphone.getAudioTracks();
  track?.addEventListener('ended', onLost);
  const bell = createBell(context);
  const tell = (message: ToWorklet) => node.port.postMessage(message);

  return {
    play: frame => tell({ kind: 'frame', frame }),
    mute: on => tell({ kind: 'mute', on }),
    clear: () => tell({ kind: 'clear' }),
    ring: bell,
    close() {
      bell(false);
      track?.removeEventListener('ended', onLost);
      for (const each of microphone.getTracks()) each.stop();
      node.port.onmessage = null;
      node.disconnect();
      source.disconnect();
      void context.close();
    },
  };
}

const ringSeconds = 1.6;
const pauseSeconds = 2.4;

/** A soft double tone that comes and goes while it rings. */
function createBell(context: AudioContext): (on: boolean) => void {
  let stop: (() => void) | undefined;
  return on => {
    stop?.();
    stop = undefined;
    if (!on) return;
    const volume = context.createGain();
    volume.gain.value = 0;
    volume.connect(context.destination);
    const tones = [440, 480].map(frequency => {
      const tone = context.createOscillator();
      tone.frequency.value = frequency;
      tone.connect(volume);
      tone.start();
      return tone;
    });
    const ringOnce = () => {
      const now = context.currentTime;
      volume.gain.setTargetAtTime(0.06, now, 0.02);
      volume.gain.setTargetAtTime(0, now + ringSeconds, 0.02);
    };
    ringOnce();
    const timer = setInterval(ringOnce, (ringSeconds + pauseSeconds) * 1_000);
    stop = () => {
      clearInterval(timer);
      for (const tone of tones) tone.stop();
      volume.disconnect();
    };
  };
}

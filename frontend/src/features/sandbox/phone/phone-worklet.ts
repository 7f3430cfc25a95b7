import { createCapture } from '../../../lib/voice/capture.ts';
import { createPlayback } from '../../../lib/voice/playback.ts';
import { type FromWorklet, processorName, type ToWorklet } from './worklet-messages.ts';

// The audio thread's own globals, which the DOM's types do not know.
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

const levelsPerSecond = 10;

/** Runs beside the page, so that a busy page does not break the sound. */
class PhoneProcessor extends AudioWorkletProcessor {
  private readonly capture = createCapture(sampleRate);
  private readonly playback = createPlayback(sampleRate);
  private samplesUntilLevels = sampleRate / levelsPerSecond;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => {
      if (data.kind === 'frame') this.playback.push(data.frame);
      else if (data.kind === 'mute') this.capture.mute(data.on);
      else this.playback.clear();
    };
  }

  process([input]: Float32Array[][], [output]: Float32Array[][]): true {
    const recorded = input?.[0];
    if (recorded) this.capture.push(recorded, frame => this.tell({ kind: 'frame', frame }, [frame.buffer]));
    const [left, ...others] = output ?? [];
    if (left) {
      this.playback.pull(left);
      for (const channel of others) channel.set(left);
      this.countTowardsLevels(left.length);
    }
    return true;
  }

  private countTowardsLevels(samples: number) {
    this.samplesUntilLevels -= samples;
    if (this.samplesUntilLevels > 0) return;
    this.samplesUntilLevels += sampleRate / levelsPerSecond;
    this.tell({ kind: 'levels', microphone: this.capture.level(), ear: this.playback.level() }, []);
  }

  private tell(message: FromWorklet, transfer: Transferable[]) {
    this.port.postMessage(message, transfer);
  }
}

registerProcessor(processorName, PhoneProcessor);

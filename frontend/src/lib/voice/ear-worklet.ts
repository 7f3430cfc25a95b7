import { createCapture } from './capture.ts';
import { earName, type FromEar, type FromMouth, mouthName, type ToEar, type ToMouth } from './ear-messages.ts';
import { createStereo } from './stereo.ts';

// The audio thread's own globals, which the DOM's types do not know.
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

const samplesBetweenLevels = sampleRate / 10;

/** Plays both sides of a call beside the page, so that a busy page does not break the sound. */
class EarProcessor extends AudioWorkletProcessor {
  private readonly stereo = createStereo(sampleRate);
  private untilLevels = samplesBetweenLevels;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToEar>) => {
      if (data.kind === 'piece') this.stereo.push(data.side, data.mulaw);
      else this.stereo.clear();
    };
  }

  process(_: Float32Array[][], [output]: Float32Array[][]): true {
    const [left, right] = output ?? [];
    if (left && right) {
      this.stereo.pull(left, right);
      this.untilLevels -= left.length;
      if (this.untilLevels <= 0) {
        this.untilLevels += samplesBetweenLevels;
        this.port.postMessage({ kind: 'levels', levels: this.stereo.levels() } satisfies FromEar);
      }
    }
    return true;
  }
}

/** Turns the microphone into frames for the line. */
class MouthProcessor extends AudioWorkletProcessor {
  private readonly capture = createCapture(sampleRate);
  private untilLevel = samplesBetweenLevels;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToMouth>) => this.capture.mute(data.on);
  }

  process([input]: Float32Array[][]): true {
    const recorded = input?.[0];
    if (!recorded) return true;
    this.capture.push(recorded, frame =>
      this.port.postMessage({ kind: 'frame', frame } satisfies FromMouth, [frame.buffer]),
    );
    this.untilLevel -= recorded.length;
    if (this.untilLevel <= 0) {
      this.untilLevel += samplesBetweenLevels;
      this.port.postMessage({ kind: 'level', level: this.capture.level() } satisfies FromMouth);
    }
    return true;
  }
}

registerProcessor(earName, EarProcessor);
registerProcessor(mouthName, MouthProcessor);

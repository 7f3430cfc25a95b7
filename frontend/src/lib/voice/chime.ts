import { playTo } from './speaker.ts';

const notesHz = [660, 880];
const apartSeconds = 0.16;
const loudest = 0.06;

let context: AudioContext | null = null;

/** Two soft notes, from a chosen loudspeaker or the system's own. Before the page was clicked, browsers keep it silent. */
export function chime(speaker = ''): void {
  context ??= new AudioContext();
  void playTo(context, speaker);
  if (context.state === 'suspended') void context.resume().catch(() => {});
  notesHz.forEach((hz, place) => {
    const at = context!.currentTime + place * apartSeconds;
    const note = new OscillatorNode(context!, { frequency: hz });
    const gain = new GainNode(context!, { gain: 0 });
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(loudest, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.5);
    note.connect(gain).connect(context!.destination);
    note.start(at);
    note.stop(at + 0.5);
  });
}

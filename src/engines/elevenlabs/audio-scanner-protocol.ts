import { base64End } from '../../audio/base64-text.ts';
import { audioEventOf, standIn } from './audio-message-protocol.ts';

/** A message may take so many forms before learning them is given up: what changes all the time is parsed as cheaply. */
const mostForms = 16;
const mostDigits = 15;
/** Stands in for the number of an event while a form is learnt. */
const anyNumber = 721_092_300_017;

/**
 * Knows audio messages again by their form: all bytes but the audio and the event's number are those of a message that was
 * parsed before. So the many that follow need no parsing. Whatever differs is left to `readAudioMessage`.
 */
export class AudioScanner {
  /** Of the message that was found last. */
  eventId = 0;
  audioFrom = 0;
  audioTo = 0;
  private forms = 0;
  /** Before the audio, between audio and number, after the number. */
  private head: Uint8Array | null = null;
  private middle = nothing;
  private tail = nothing;

  /** Whether the bytes from `begin` to `end` are an audio message of the known form. */
  find(data: Buffer, begin: number, end: number): boolean {
    const { head, middle, tail } = this;
    if (!head || !matches(data, begin, head)) return false;
    const from = begin + head.length;
    const to = base64End(data, from);
    if (to < 0 || to >= end || !matches(data, to, middle)) return false;
    const digits = to + middle.length;
    let at = digits;
    let value = 0;
    for (let digit = data[at]! - 0x30; digit >= 0 && digit <= 9; digit = data[at]! - 0x30) {
      value = value * 10 + digit;
      at += 1;
    }
    // Numbers with a leading zero are no JSON.
    if (at === digits || at - digits > mostDigits || (data[digits] === 0x30 && at - digits > 1)) return false;
    if (at + tail.length !== end || !matches(data, at, tail)) return false;
    this.eventId = value;
    this.audioFrom = from;
    this.audioTo = to;
    return true;
  }

  /** Learns the form of a message in which audio was found from `from` to `to`. */
  learn(message: Buffer, from: number, to: number) {
    if (this.forms >= mostForms) return;
    this.forms += 1;
    const before = message.toString('latin1', 0, from);
    const after = message.toString('latin1', to);
    const number = /"event_id":(\d+)/.exec(after);
    if (!number) return;
    const place = number.index + number[0].length - number[1]!.length;
    const [middle, tail] = [after.slice(0, place), after.slice(place + number[1]!.length)];
    // The quotes around the audio belong to the form and not to the number that stands in for it.
    const event = audioEventOf(`${before.slice(0, -1)}${standIn}${middle.slice(1)}${anyNumber}${tail}`);
    if (event?.['audio_base_64'] !== standIn || event['event_id'] !== anyNumber) return;
    this.head = new Uint8Array(message.subarray(0, from));
    this.middle = new Uint8Array(Buffer.from(middle, 'latin1'));
    this.tail = new Uint8Array(Buffer.from(tail, 'latin1'));
  }
}

const nothing = new Uint8Array(0);

const matches = (data: Uint8Array, at: number, bytes: Uint8Array): boolean => {
  for (let index = 0; index < bytes.length; index += 1) if (data[at + index] !== bytes[index]) return false;
  return true;
};

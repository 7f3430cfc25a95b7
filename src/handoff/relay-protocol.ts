import type { Asker } from '../calls/calls.types.ts';
import type { CallSide, LetGo, TransferOrder } from './handoff.types.ts';

/** What one process asks of the one that holds a call. `line` names a listening or a person's line, chosen by whoever asks. */
export type RelayOrder =
  | { readonly command: 'listen' | 'takeOver'; readonly call: string; readonly who: Asker; readonly line: string }
  | { readonly command: 'whisper'; readonly call: string; readonly who: Asker; readonly text: string }
  | { readonly command: 'transfer'; readonly call: string; readonly who: Asker; readonly transfer: TransferOrder }
  | { readonly command: 'handBack'; readonly call: string; readonly who: Asker; readonly note?: string };

export interface RelayError {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

export type RelayWord =
  | { readonly kind: 'ask'; readonly id: string; readonly from: string; readonly order: RelayOrder }
  /** It is being done; the answer may take its time. */
  | { readonly kind: 'seen'; readonly id: string }
  | { readonly kind: 'answer'; readonly id: string; readonly error?: RelayError; readonly result?: unknown }
  | { readonly kind: 'stop'; readonly line: string }
  | { readonly kind: 'stopped'; readonly line: string; readonly why: LetGo }
  /** These lines are still wanted, or still there. */
  | { readonly kind: 'alive'; readonly lines: readonly string[]; readonly side: 'asker' | 'holder' };

export type RelayMessage =
  | { readonly kind: 'word'; readonly word: RelayWord }
  | {
      readonly kind: 'heard';
      readonly line: string;
      readonly side: CallSide;
      readonly seq: number;
      readonly mulaw: Buffer;
    }
  | { readonly kind: 'spoken'; readonly line: string; readonly seq: number; readonly mulaw: Buffer };

const marks = { word: 0x77, heard: 0x68, spoken: 0x73 } as const;
const sides: readonly CallSide[] = ['caller', 'agent', 'person'];
const lineLength = 36;
const headLength = 1 + lineLength + 1 + 4;

export const wordMessage = (word: RelayWord): Buffer => Buffer.from(`w${JSON.stringify(word)}`);

export function audioMessage(line: string, side: CallSide | null, seq: number, mulaw: Buffer): Buffer {
  const message = Buffer.allocUnsafe(headLength + mulaw.length);
  message[0] = side === null ? marks.spoken : marks.heard;
  message.write(line, 1, lineLength, 'latin1');
  message[1 + lineLength] = side === null ? 0 : sides.indexOf(side);
  message.writeUInt32BE(seq >>> 0, 2 + lineLength);
  mulaw.copy(message, headLength);
  return message;
}

/** Null for what no process of this version sends. */
export function readMessage(message: Buffer): RelayMessage | null {
  const [mark] = message;
  if (mark === marks.word) return readWord(message);
  if ((mark !== marks.heard && mark !== marks.spoken) || message.length < headLength) return null;
  const line = message.toString('latin1', 1, 1 + lineLength);
  const seq = message.readUInt32BE(2 + lineLength);
  const mulaw = message.subarray(headLength);
  if (mark === marks.spoken) return { kind: 'spoken', line, seq, mulaw };
  const side = sides[message[1 + lineLength]!];
  return side ? { kind: 'heard', line, side, seq, mulaw } : null;
}

function readWord(message: Buffer): RelayMessage | null {
  try {
    const word = JSON.parse(message.toString('utf8', 1)) as RelayWord;
    return typeof word?.kind === 'string' ? { kind: 'word', word } : null;
  } catch {
    return null;
  }
}

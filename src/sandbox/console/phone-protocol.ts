import { type Static, Type } from 'typebox';
import Value from 'typebox/value';

/*
 * What the browser phone and the server say to each other over one WebSocket. A binary message is one frame of the line: 20 ms
 * of mu-law at 8 kHz, 160 bytes, in either direction. Everything else is a small JSON object in a text message.
 */

const closed = { additionalProperties: false };
const Phone = Type.String({ pattern: '^\\+[1-9]\\d{6,14}$' });
const bare = <const T extends string>(type: T) => Type.Object({ type: Type.Literal(type) }, closed);

const commands = {
  /** Ring at the next call that the product places (to this number). */
  wait: Type.Object({ type: Type.Literal('wait'), to: Type.Optional(Phone) }, closed),
  'stop-waiting': bare('stop-waiting'),
  /** Call one of the account's numbers (the first one without `to`), as whoever has the number `from`. */
  call: Type.Object({ type: Type.Literal('call'), from: Phone, to: Type.Optional(Phone) }, closed),
  answer: bare('answer'),
  decline: bare('decline'),
  'hang-up': bare('hang-up'),
  press: Type.Object({ type: Type.Literal('press'), digits: Type.String({ pattern: '^[0-9*#]{1,16}$' }) }, closed),
} as const;

/** What the page asks for. */
export type PhoneCommand = { [K in keyof typeof commands]: Static<(typeof commands)[K]> }[keyof typeof commands];
export type PhoneCommandName = PhoneCommand['type'];

export interface PhoneCall {
  readonly sid: string;
  readonly from: string;
  readonly to: string;
}

/** What the server tells. */
export type PhoneMessage =
  /** The phone is connected, and nothing goes on. */
  | { readonly type: 'ready' }
  | { readonly type: 'waiting'; readonly to: string | null }
  /** A call has come and rings here. */
  | { readonly type: 'ringing'; readonly call: PhoneCall }
  /** Our own call is on its way. */
  | { readonly type: 'calling'; readonly call: PhoneCall }
  | { readonly type: 'answered'; readonly call: PhoneCall }
  /** The call is over: by us or by the far side, and why, in the carrier's words. */
  | { readonly type: 'ended'; readonly call: PhoneCall; readonly by: 'us' | 'far'; readonly why: string | null }
  /** A command could not be carried out; nothing changed. */
  | { readonly type: 'refused'; readonly command: PhoneCommandName; readonly message: string };

/** Why the server closes the socket, as its close code. */
export const phoneCloseCodes = {
  /** The page sent something that is no message of this protocol, or far too much. */
  misused: 1008,
  /** The same person opened the phone elsewhere. */
  replaced: 4001,
  /** Nothing happened for a long time. */
  idle: 4002,
} as const;

/** Longer text is not looked at. */
export const longestCommand = 512;

/** Reads a text message; a sentence about what is wrong with it otherwise. */
export function decodePhoneCommand(text: string): PhoneCommand | string {
  if (text.length > longestCommand) return `longer than ${longestCommand} characters`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  const type = typeof value === 'object' && value !== null ? (value as { type?: unknown }).type : undefined;
  if (typeof type !== 'string' || !Object.hasOwn(commands, type)) return 'without a type that is known';
  const [problem] = Value.Errors(commands[type as PhoneCommandName], value);
  if (problem) return `${type}: ${problem.instancePath.slice(1) || 'the message'} ${problem.message}`;
  return value as PhoneCommand;
}

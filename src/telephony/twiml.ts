// Only the part of the library that writes documents: the whole of it takes twenty times as long to load.
import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';

export const twimlType = 'text/xml; charset=utf-8';

/** How long the last document waits before it asks what to do next, so that a dead process can come back. */
const pauseSeconds = 3;
/** Longest text that is spoken, counted as it stands in the document: one sent by REST may have 4,000 characters in all. */
const longestText = 3_000;

export interface StreamOrder {
  /** `wss` address, without a query. */
  readonly url: string;
  /** One-time token; reaches us in the stream's first message. */
  readonly token: string;
  readonly statusCallback: string;
  /** Asked when the stream is over and the call is not. */
  readonly streamEnded: string;
}

/** Connects the call with a media stream of ours, for the first time or again after the stream was lost. */
export function connectStream({ url, token, statusCallback, streamEnded }: StreamOrder): string {
  const document = new VoiceResponse();
  const stream = document.connect().stream({ url, statusCallback, statusCallbackMethod: 'POST' });
  stream.parameter({ name: 'token', value: token });
  // Reached only when it was not we who ended the call.
  document.pause({ length: pauseSeconds });
  document.redirect({ method: 'POST' }, streamEnded);
  return document.toString();
}

export interface PassOnOrder {
  readonly phone: string;
  /** A number of ours. */
  readonly callerId: string;
  readonly ringSeconds: number;
  readonly limitSeconds: number;
  /** Asked when the other party hung up, or was not reached. */
  readonly ended: string;
  readonly status: string;
  /** Asked for what is said to whoever answers, before they are put through. */
  readonly announcement?: string;
}

/** Calls somebody else and puts the call through to them; the caller hears ringing until then. */
export function passOn({
  phone,
  callerId,
  ringSeconds,
  limitSeconds,
  ended,
  status,
  announcement,
}: PassOnOrder): string {
  const document = new VoiceResponse();
  const dial = document.dial({
    action: ended,
    method: 'POST',
    answerOnBridge: true,
    callerId,
    timeout: ringSeconds,
    timeLimit: limitSeconds,
  });
  dial.number(
    {
      statusCallback: status,
      statusCallbackMethod: 'POST',
      statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
      ...(announcement === undefined ? {} : { url: announcement, method: 'POST' }),
    },
    phone,
  );
  return document.toString();
}

/** Says a text to whoever answered, and asks for the next document once it was said. */
export function sayAndAsk(text: string, next: string): string {
  const document = new VoiceResponse();
  say(document, text, undefined);
  document.redirect({ method: 'POST' }, next);
  return document.toString();
}

/** Nothing more is to be done here: what comes next was decided before. */
export const goOn = (): string => new VoiceResponse().toString();

export function hangUp(): string {
  const document = new VoiceResponse();
  document.hangup();
  return document.toString();
}

/** Says a text and ends the call; without anything to say it ends it. */
export function sayAndHangUp(text: string, language?: string): string {
  const document = new VoiceResponse();
  say(document, text, language);
  document.hangup();
  return document.toString();
}

export const apologyText =
  'Sorry, we have a technical problem and cannot continue this call. Please try again later. Goodbye.';

/** What a caller hears when everything else failed. */
export const apologise = (): string => sayAndHangUp(apologyText, 'en-US');

export interface KeyPrompt {
  readonly text: string;
  readonly language?: string;
  /** Asked with `Digits` when a key was pressed. */
  readonly action: string;
}

/** Says a text, during and shortly after which one key may be pressed, then ends the call. */
export function sayAndAwaitKey({ text, language, action }: KeyPrompt): string {
  const document = new VoiceResponse();
  const gather = document.gather({
    input: ['dtmf'],
    numDigits: 1,
    // Otherwise # would count as "finished" and not as the key that was pressed.
    finishOnKey: '',
    timeout: 4,
    action,
    method: 'POST',
  });
  say(gather, text, language);
  document.hangup();
  return document.toString();
}

type MachineMessage = { readonly recording: string } | { readonly text: string };

/** What is written as a message is spoken; an address that stands alone is that of a recording, which the carrier fetches and plays. */
export function machineMessage(written: string): MachineMessage {
  const text = written.trim();
  return /^https?:\/\/\S+$/i.test(text) && URL.canParse(text) ? { recording: text } : { text };
}

/** Leaves a message on a machine, a recording or a spoken text, and then asks what to do, or without an address ends the call. */
export function leaveMessage(message: MachineMessage, afterwards?: string): string {
  const document = new VoiceResponse();
  if ('text' in message) say(document, message.text, undefined);
  else document.play(message.recording);
  if (afterwards === undefined) document.hangup();
  else document.redirect({ method: 'POST' }, afterwards);
  return document.toString();
}

type Speaking = Pick<VoiceResponse, 'say'>;

function say(verb: Speaking, text: string, language: string | undefined): void {
  const words = speakable(text);
  if (words === '') return;
  const tag = language && /^[a-zA-Z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(language) ? { language: language as 'en-US' } : {};
  verb.say(tag, words);
}

/** Text as a document can carry it: without what XML forbids, not longer than is taken, cut between words. */
export function speakable(text: string): string {
  const legal = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must go.
    .replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff\p{Surrogate}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  let length = 0;
  let end = 0;
  for (const character of legal) {
    length += escapedLength[character] ?? character.length;
    if (length > longestText) {
      const cut = legal.slice(0, end);
      const space = cut.lastIndexOf(' ');
      return space > 0 ? cut.slice(0, space) : cut;
    }
    end += character.length;
  }
  return legal;
}

const escapedLength: Readonly<Record<string, number>> = { '&': 5, '<': 4, '>': 4, '"': 6 };

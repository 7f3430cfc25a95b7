import type { PhoneCall, PhoneMessage } from '../../../../../src/sandbox/console/phone-protocol.ts';
import type { MicrophoneProblem } from '../../../lib/voice/microphone-problem.ts';

/** Why the phone was put down without anybody asking for it. */
export type PhoneNotice =
  | { kind: 'microphone'; problem: MicrophoneProblem }
  | { kind: 'unplugged' }
  | { kind: 'closed'; why: 'replaced' | 'idle' | 'misused' | 'lost' }
  | { kind: 'refused'; message: string }
  /** The server gave no ticket. */
  | { kind: 'failed'; error: unknown };

export type Ended = { call: PhoneCall; by: 'us' | 'far'; why: string | null; seconds: number | null };

/** The phone as the page shows it. */
export type PhoneView = (
  | { name: 'off' }
  | { name: 'opening' }
  | { name: 'idle'; ended: Ended | null }
  | { name: 'waiting'; to: string | null }
  | { name: 'ringing' | 'calling'; call: PhoneCall }
  | { name: 'talking'; call: PhoneCall; other: string; since: number }
) & { notice: PhoneNotice | null };

export type PhoneEvent =
  | { type: 'opened' }
  | { type: 'put-away' }
  | { type: 'failed'; notice: PhoneNotice }
  | { type: 'dismissed' }
  | { type: 'told'; message: PhoneMessage };

export const phoneOff: PhoneView = { name: 'off', notice: null };

/** What the page shows after an event; `now` in milliseconds. */
export function advancePhone(view: PhoneView, event: PhoneEvent, now: number): PhoneView {
  switch (event.type) {
    case 'opened':
      return { name: 'opening', notice: null };
    case 'put-away':
      return phoneOff;
    case 'failed':
      return { name: 'off', notice: event.notice };
    case 'dismissed':
      return { ...view, notice: null };
    case 'told':
      // Whatever is still on its way when the phone was put away means nothing any more.
      return view.name === 'off' ? view : afterMessage(view, event.message, now);
  }
}

function afterMessage(view: PhoneView, message: PhoneMessage, now: number): PhoneView {
  switch (message.type) {
    case 'ready':
      return { name: 'idle', ended: null, notice: null };
    case 'waiting':
      return { name: 'waiting', to: message.to, notice: null };
    case 'ringing':
    case 'calling':
      return { name: message.type, call: message.call, notice: null };
    case 'answered':
      return {
        name: 'talking',
        call: message.call,
        other: view.name === 'ringing' ? message.call.from : message.call.to,
        since: now,
        notice: null,
      };
    case 'ended': {
      const seconds = view.name === 'talking' ? (now - view.since) / 1_000 : null;
      const { call, by, why } = message;
      return { name: 'idle', ended: { call, by, why, seconds }, notice: null };
    }
    case 'refused':
      return { ...view, notice: { kind: 'refused', message: message.message } };
    default:
      // A newer server may tell more than this page knows.
      return view;
  }
}

const closeReasons: Record<number, 'replaced' | 'idle' | 'misused'> = {
  4001: 'replaced',
  4002: 'idle',
  1008: 'misused',
};

/** What a closed socket means. */
export const noticeOfClose = (code: number): PhoneNotice => ({ kind: 'closed', why: closeReasons[code] ?? 'lost' });

import type { Hook, Instructions, StatusHook } from './call-order.ts';
import { longestCallMs, parseStatusHook } from './call-order.ts';
import { FormReader } from './request-form.ts';
import { TwilioError } from './twilio-errors.ts';

/** What a REST client wants changed on a call. */
export interface CallUpdate {
  status?: 'canceled' | 'completed';
  instructions?: Instructions;
  fallback?: Hook;
  statusHook?: StatusHook;
  timeLimitMs?: number;
}

const known = new Set(
  'Status Url Method Twiml FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod TimeLimit'.split(' '),
);

/** Reads and checks the form of `POST Calls/{sid}.json`. */
export function parseCallUpdate(form: URLSearchParams): { update: CallUpdate; unknown: string[] } {
  const read = new FormReader(form);
  const update: CallUpdate = {};
  const status = read.text('Status');
  if (status) update.status = read.choice('Status', 'completed', ['canceled', 'completed']);
  const hook = read.hook('Url', 'Method', 21205);
  const twiml = read.text('Twiml');
  if (hook && twiml) throw new TwilioError(20001, 'Url and Twiml are mutually exclusive');
  if (twiml && twiml.length > 4_000) throw new TwilioError(20001, 'Twiml is longer than 4000 characters');
  if (hook) update.instructions = { kind: 'url', hook };
  else if (twiml) update.instructions = { kind: 'twiml', twiml };
  const fallback = read.hook('FallbackUrl', 'FallbackMethod', 21205);
  if (fallback) update.fallback = fallback;
  const statusHook = parseStatusHook(read, []);
  // Without new instructions Twilio accepts a changed callback address and goes on using the old one.
  if (statusHook && update.instructions) update.statusHook = statusHook;
  if (read.text('TimeLimit'))
    update.timeLimitMs = read.integer('TimeLimit', 0, 1, longestCallMs / 1_000, 20001) * 1_000;
  return { update, unknown: [...new Set(form.keys())].filter(name => !known.has(name)) };
}

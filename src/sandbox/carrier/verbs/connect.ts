import type { Next } from '../run-document.ts';
import { newSid } from '../twilio-sid.ts';
import type { Fields } from '../webhook-sender.ts';
import { afterVerb } from './address.ts';
import type { VerbContext } from './run-verb.ts';
import { startStream, streamRequest } from './stream-options.ts';

/** Connect: joins the call with a media stream and waits until it is over. */
export async function runConnect(context: VerbContext): Promise<Next> {
  const { live, verb, signal } = context;
  const noun = verb.children[0];
  if (!noun) return { kind: 'continue' };
  if (noun.name === 'ConversationRelay') return runConversationRelay(context);
  if ((noun.attributes['track'] ?? 'inbound_track') !== 'inbound_track') return { kind: 'continue' };
  const stream = await startStream(live, streamRequest(noun, context.base, true), audio =>
    live.party?.arrived?.(audio),
  );
  if (!stream) return afterVerb(context, []);
  if (signal.aborted || !live.line) {
    stream.stop();
    return { kind: 'end' };
  }
  const stop = () => stream.stop();
  signal.addEventListener('abort', stop, { once: true });
  live.stream = stream;
  live.line.connect(stream);
  live.party?.joined?.();
  const aborted = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
  await Promise.race([stream.closed, aborted]);
  signal.removeEventListener('abort', stop);
  live.line.disconnect(stream);
  if (live.stream === stream) live.stream = undefined;
  return afterVerb(context, []);
}

/** The document is checked to the letter; the conversation itself is not spoken by this twin, so the session fails at once. */
function runConversationRelay(context: VerbContext): Next {
  const { live } = context;
  live.note('ConversationRelay was checked; this twin does not hold its conversation, the session ends');
  live.core.ledger.alert(64102, 'the carrier twin holds no ConversationRelay conversation', live.call.sid);
  const fields: Fields = [
    ['SessionId', newSid('VX')],
    ['SessionStatus', 'failed'],
    ['SessionDuration', '0'],
    ['ErrorCode', '64102'],
    ['ErrorMessage', 'the carrier twin holds no ConversationRelay conversation'],
  ];
  const next = afterVerb(context, fields);
  return next.kind === 'continue' ? { kind: 'end' } : next;
}

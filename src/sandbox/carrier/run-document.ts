import type { Hook, Instructions } from './call-order.ts';
import type { LiveCall } from './live-call.ts';
import { parseTwiml, type TwimlDocument, type TwimlProblem } from './twiml-document.ts';
import type { ViolationKind } from './twin-ledger.ts';
import { runVerb } from './verbs/run-verb.ts';
import { voiceFields } from './webhook-fields.ts';
import type { Fields } from './webhook-sender.ts';

/** What follows when a verb is done. */
export type Next = { kind: 'continue' } | { kind: 'end' } | { kind: 'goto'; hook: Hook; fields: Fields };

const kinds: Record<TwimlProblem['code'], ViolationKind> = {
  11750: 'twiml-too-large',
  12100: 'twiml-not-xml',
  12200: 'twiml-schema',
  12300: 'twiml-content-type',
};
/** A document that only redirects to itself would otherwise run for ever. */
const mostDocuments = 200;

/**
 * Fetches and carries out a document and every one it leads to. When fetching or understanding one fails, the call's fallback
 * address is asked once, with the reason.
 */
export async function runInstructions(
  live: LiveCall,
  instructions: Instructions,
  extra: Fields,
  signal: AbortSignal,
): Promise<'done' | 'failed'> {
  let next: Instructions = instructions;
  let fields = extra;
  let usedFallback = false;
  for (let count = 0; count < mostDocuments && !signal.aborted; count += 1) {
    const document = await loadDocument(live, next, fields);
    if (signal.aborted) return 'done';
    if ('error' in document) {
      const fallback = live.call.order.fallback;
      if (!fallback || usedFallback) return 'failed';
      usedFallback = true;
      fields = [
        ['ErrorCode', String(document.error)],
        ['ErrorUrl', next.kind === 'url' ? next.hook.url : ''],
      ];
      next = { kind: 'url', hook: fallback };
      continue;
    }
    const outcome = await runVerbs(live, document, signal);
    if (outcome.kind !== 'goto') return 'done';
    next = { kind: 'url', hook: outcome.hook };
    fields = outcome.fields;
  }
  return signal.aborted ? 'done' : 'failed';
}

type Loaded = (TwimlDocument & { base: string | undefined }) | { error: number };

async function loadDocument(live: LiveCall, instructions: Instructions, extra: Fields): Promise<Loaded> {
  const { core, call } = live;
  if (instructions.kind === 'twiml') return check(live, parseTwiml(instructions.twiml), undefined);
  const outcome = await core.webhooks.send({
    purpose: 'twiml',
    hook: instructions.hook,
    fields: [...voiceFields(call, core.accountSid), ...extra],
    callSid: call.sid,
  });
  if (!outcome.ok) return { error: outcome.code };
  const { body, contentType } = outcome.reply;
  return check(live, parseTwiml(body.toString(), contentType ?? ''), outcome.url);
}

function check(live: LiveCall, parsed: ReturnType<typeof parseTwiml>, base: string | undefined): Loaded {
  const problems = 'fatal' in parsed ? [parsed.fatal] : parsed.problems;
  for (const problem of problems) {
    live.core.ledger.violation(kinds[problem.code], `${problem.code} ${problem.detail}`, live.call.sid);
    live.core.ledger.alert(problem.code, problem.detail, live.call.sid);
  }
  return 'fatal' in parsed ? { error: parsed.fatal.code } : { ...parsed, base };
}

async function runVerbs(
  live: LiveCall,
  document: TwimlDocument & { base: string | undefined },
  signal: AbortSignal,
): Promise<Next> {
  for (const verb of document.verbs) {
    if (signal.aborted) return { kind: 'end' };
    // A caller hears ringing until a document does something with the call.
    if (live.call.state === 'ringing' && verb.name !== 'Redirect') live.answer();
    const next = await runVerb({ live, verb, base: document.base, signal });
    if (next.kind !== 'continue') return next;
  }
  return { kind: 'end' };
}

import type { Hook } from '../call-order.ts';
import { webhookUrlProblem } from '../request-form.ts';
import type { Next } from '../run-document.ts';
import type { Fields } from '../webhook-sender.ts';
import type { VerbContext } from './run-verb.ts';

/** The absolute address behind one in a document, or undefined (and a violation) when it cannot be used. */
export function hookOf(
  context: Pick<VerbContext, 'live' | 'base'>,
  address: string,
  method = 'POST',
): Hook | undefined {
  const { live, base } = context;
  const absolute = URL.canParse(address, base) ? new URL(address, base).href : undefined;
  const problem = absolute === undefined ? `${address} cannot be resolved` : webhookUrlProblem(absolute);
  if (problem) {
    live.core.ledger.violation('webhook-url', problem, live.call.sid);
    return undefined;
  }
  return { url: absolute!, method: method === 'GET' ? 'GET' : 'POST' };
}

/** A verb's `action`: where the call goes on once the verb is done; without one it goes on with the next verb. */
export function afterVerb(context: VerbContext, fields: Fields): Next {
  const { action, method } = context.verb.attributes;
  if (action === undefined) return { kind: 'continue' };
  const hook = hookOf(context, action || (context.base ?? ''), method);
  return hook ? { kind: 'goto', hook, fields } : { kind: 'end' };
}

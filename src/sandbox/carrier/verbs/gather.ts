import { createRecogniser } from '../../audio/fingerprint.ts';
import type { Next } from '../run-document.ts';
import type { Fields } from '../webhook-sender.ts';
import { afterVerb } from './address.ts';
import type { VerbContext } from './run-verb.ts';
import { runSpoken } from './spoken.ts';

/** Gather: plays what is nested in it and collects keys or speech until they are complete or nothing more comes. */
export async function runGather(context: VerbContext): Promise<Next> {
  const { live, verb, signal } = context;
  const inputs = (verb.attributes['input'] ?? 'dtmf').split(' ');
  const finish = verb.attributes['finishOnKey'] ?? '#';
  const wanted = Number(verb.attributes['numDigits'] ?? Number.POSITIVE_INFINITY);
  const patienceMs = Number(verb.attributes['timeout'] ?? 5) * 1_000;
  let digits = '';
  let speech = '';
  let answered = false;
  const settled = new AbortController();
  const complete = () => {
    answered = true;
    settled.abort();
  };
  signal.addEventListener('abort', complete, { once: true });

  let idle = { cancel() {} };
  const startPatience = () => {
    idle.cancel();
    idle = live.core.clock.after(patienceMs, () => settled.abort());
  };
  let prompting = true;
  if (inputs.includes('dtmf')) {
    live.onDigit = digit => {
      if (digit === finish) return complete();
      digits += digit;
      if (digits.length >= wanted) return complete();
      if (!prompting) startPatience();
      promptOver.abort(); // a key silences the prompt
    };
  }
  const promptOver = new AbortController();
  settled.signal.addEventListener('abort', () => promptOver.abort(), { once: true });
  const untap = inputs.includes('speech')
    ? listenForSpeech(
        context,
        text => {
          speech = text;
          complete();
        },
        () => promptOver.abort(),
      )
    : undefined;

  for (const nested of verb.children) {
    if (promptOver.signal.aborted) break;
    await runSpoken({ ...context, verb: nested, signal: promptOver.signal });
  }
  prompting = false;
  if (!settled.signal.aborted) {
    startPatience();
    await new Promise<void>(resolve => settled.signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  idle.cancel();
  untap?.();
  live.onDigit = undefined;
  signal.removeEventListener('abort', complete);

  const fields: Fields = [];
  if (digits || inputs.includes('dtmf')) fields.push(['Digits', digits]);
  if (speech) fields.push(['SpeechResult', speech], ['Confidence', '0.9']);
  const empty = !digits && !speech && !(answered && inputs.includes('dtmf') && digits);
  if (empty && verb.attributes['actionOnEmptyResult'] !== 'true') return { kind: 'continue' };
  // Without an action the keys go to the address of the document itself.
  const action = verb.attributes['action'] ?? context.base;
  return action
    ? afterVerb({ ...context, verb: { ...verb, attributes: { ...verb.attributes, action } } }, fields)
    : { kind: 'continue' };
}

/** Speech is understood by recognising the clip; other sounds end in a result that says that something was said. */
function listenForSpeech(
  context: VerbContext,
  result: (text: string) => void,
  began: () => void,
): (() => void) | undefined {
  const { live } = context;
  const { fingerprints, scenario, clock } = live.core;
  if (!live.line) return undefined;
  const recogniser = fingerprints && createRecogniser(fingerprints);
  const texts: string[] = [];
  let heardAt: number | undefined;
  return live.line.tap(said => {
    for (const stretch of recogniser?.push(said.bytes) ?? []) {
      const text = scenario.clips.get(stretch.clipId)?.text;
      if (text) texts.push(text);
    }
    if (said.sound === 'speech') {
      heardAt = clock.now();
      began();
    } else if (heardAt !== undefined && clock.now() - heardAt > 1_000) {
      heardAt = undefined;
      result(texts.join(' ') || 'unintelligible');
    }
  });
}

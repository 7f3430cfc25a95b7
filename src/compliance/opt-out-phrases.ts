/**
 * What somebody says who does not want to be called again. `hard` ends it; `soft` names a time ("not before noon") and may mean only
 * that, so it has to be asked about.
 */
export interface OptOutWords {
  readonly strength: 'hard' | 'soft';
  readonly language: 'en' | 'es';
}

interface Phrases {
  readonly language: OptOutWords['language'];
  /** May be about a time only. */
  readonly noCalls: readonly RegExp[];
  readonly times: RegExp;
  readonly always: readonly RegExp[];
}

const caller = '(?:me|us|here|again|any ?more|ever|people|this number|my (?:phone|number|cell|house|home))';
const calling = '(?:call(?:s|ing)?|ring(?:ing)?|phon(?:e|ing)|contact(?:ing)?)';
const never = '(?:stop|quit|cease|never|dont|do not|not to|no more)';
const me = '(?:me|us|my number|my name|this number)';

const english: Phrases = {
  language: 'en',
  noCalls: [
    // "Why don't you call me back" and "if you don't call me" ask for a call.
    new RegExp(
      `(?<!\\b(?:why|if you|unless you|dont|do not|wont) )\\b${never}(?: (?:please|ever|you|keep|even))* ${calling}(?: back)? ${caller}\\b`,
    ),
    /^(?:could you |can you |would you )?(?:please )?(?:stop|quit) (?:calling|phoning|ringing|contacting)\b/,
  ],
  times:
    /\b(?:before|after|until|till|today|tonight|tomorrow|right now|at work|at night|this (?:late|early)|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|weekends?)\b/,
  always: [
    new RegExp(`\\b(?:take|remove|delete|get) ${me}(?: \\w+)? off\\b(?! (?:the|my|this) (?:phone|line|hook))`),
    new RegExp(
      `\\b(?:take|remove|delete) ${me}(?: \\w+)? from\\b.{0,30}\\b(?:lists?|database|systems?|records?|calls?)\\b`,
    ),
    new RegExp(`\\b(?:put|add) ${me} (?:on|to)\\b.{0,20}\\b(?:do not call|dont call|no call|dnc)\\b`),
    /\b(?:do not|dont|no) call list\b/,
    /\bunsubscribe\b|\bopt(?:ing)? (?:me |us )?out\b|\bi revoke\b|\bwithdraw my consent\b|\blose (?:my|this) number\b|\bwrong number\b/,
    /\bnot interested\b.{0,30}\b(?:dont|do not|stop|never)\b.{0,10}\bcall/,
    /^(?:please )?(?:stop|cancel|quit|end|remove)(?: please)?$/,
  ],
};

const spanish: Phrases = {
  language: 'es',
  noCalls: [
    /\b(?:no|nunca mas|ya no|jamas) (?:me|nos) (?:llamen?|llames|telefoneen?|contacten?)\b/,
    /\bno (?:(?:me|nos) )?(?:vuelvan?|vuelvas) a (?:llamar|contactar)(?:me|nos)?\b/,
    /\bno llam(?:en?|es) (?:mas|nunca|otra vez|de nuevo)\b/,
    /\b(?:dejen?|deja|paren?|para) (?:ya )?de (?:llamar|molestar|contactar)(?:me|nos)?\b/,
    /\bno quiero (?:que (?:me|nos) llamen?|(?:recibir )?(?:mas )?llamadas)\b/,
  ],
  times:
    /\b(?:antes|despues|hasta|hoy|manana|esta (?:noche|tarde)|ahora|en el trabajo|lunes|martes|miercoles|jueves|viernes|sabados?|domingos?)\b/,
  always: [
    /\b(?:quit|elimin|borr|sa[cq]u?|retir)[a-z]{1,6}\b.{0,25}\b(?:listas?|base de datos|registros?|sistema)\b/,
    /\b(?:lista|registro) (?:de )?no llam/,
    /\blista robinson\b|\b(?:dar|de|den)(?:me|nos) de baja\b|\brevoco\b|\bretiro mi consentimiento\b|\bnumero equivocado\b/,
    /\bno (?:me|nos) interesa\b.{0,30}\bno\b.{0,10}\bllam/,
    /^(?:por favor )?(?:basta|baja|alto|paren?|cancelar|detener)(?: por favor)?$/,
  ],
};

/** Small letters without marks; apostrophes vanish, whatever else is no letter and no digit is a blank. */
const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/['’‘`´]|\p{M}/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

const longest = 2_000;

/** What a text says about calling again; null when nothing. Models are not asked: this has to work when they do not. */
export function optOutIn(text: string): OptOutWords | null {
  const said = plain(text.slice(-longest));
  let soft: OptOutWords | null = null;
  for (const { language, always, noCalls, times } of [english, spanish]) {
    if (always.some(each => each.test(said))) return { strength: 'hard', language };
    if (!noCalls.some(each => each.test(said))) continue;
    if (!times.test(said)) return { strength: 'hard', language };
    soft ??= { strength: 'soft', language };
  }
  return soft;
}

const yes =
  /^(?:yes|yeah|yep|yup|sure|correct|right|exactly|please do|all (?:of them|calls)|si|claro|correcto|exacto|asi es|todas)\b/;

/** Whether an answer to "Shall we stop all calls?" is a yes. */
export const isYes = (text: string): boolean => yes.test(plain(text));

/** What a first message must tell whoever is called. */
export type Disclosure = 'seller' | 'ai' | 'recording' | 'way-out';

export interface DisclosureRules {
  /** Names under which the seller is known: legal name, trade name. */
  readonly sellers: readonly string[];
  /** Whether the call is recorded. */
  readonly recorded?: boolean;
  /** Whether the way out must be part of it, as it must where the agent speaks first on a call of ours. */
  readonly wayOut?: boolean;
}

/** Variables that are filled with the seller's name. */
const sellerVariable = /\{\{\s*company_name\s*\}\}/i;

/**
 * Words that say "this is no person". Automated, virtual or digital assistants do not count: people work as those. Each is
 * matched between word boundaries, on text in lower case without accents.
 */
const machineWords = [
  // The short form is a word of its own in Romance languages ("ai" in Italian), so there it must be written in capitals.
  'artificial intelligence',
  'artificially intelligent',
  'robot',
  'voicebot',
  'chatbot',
  'bot',
  'computer-generated voice',
  'synthetic voice',
  // German, Dutch
  'kunstliche[rn]? intelligenz',
  'ki',
  'ki-?(?:assistent(?:in)?|stimme|agent(?:in)?|system)',
  'sprachroboter',
  'kunstmatige intelligentie',
  // French, Spanish, Portuguese, Italian
  'intelligence artificielle',
  'inteligencia artificial',
  'intelligenza artificiale',
  'voix de synthese',
  // Polish
  'sztuczn(?:a|ej) inteligencj(?:a|i)',
] as const;

/** The abbreviations, in capitals as they are written: A.I., AI, IA. */
const abbreviation = /(?<![\p{L}\p{N}])(?:A\.?I\.?|I\.?A\.?)(?![\p{L}\p{N}])/gu;
const machineWord = new RegExp(`(?<![\\p{L}\\p{N}])(?:${machineWords.join('|')})(?![\\p{L}\\p{N}])`, 'gu');

/** A "not" in the few words before turns the sentence round. */
const negated =
  /(?:^|[^\p{L}])(?:not|no|never|isn't|aren't|ain't|kein(?:e|en|er)?|nicht|pas|ni|nao|non|niet|geen|nie)(?:\s+[\p{L}'-]+){0,2}\s*$/u;

const recordingWord =
  /\b(?:record(?:ed|ing|s)?|aufgezeichnet|aufzeichn\w*|aufgenommen|enregistre\w*|graba\w*|gravad\w*|registra\w*|opgenomen|nagrywan\w*)/u;
const wayOutWord =
  /\b(?:press|push|dial|say stop|opt[ -]out|stop calling|stop (?:these|the|our) calls|drucken|sagen sie|appuyez|dites|pulse|presione|marque|diga|pressione|prema|dica|druk|zeg)\b/u;

export interface DisclosureReading {
  /** What the text says. */
  readonly said: readonly Disclosure[];
  /** What it must say and does not. */
  readonly missing: readonly Disclosure[];
}

/** Reads the first message of an agent. In doubt something is missing: a person then reads it. */
export function readDisclosure(message: string | null, rules: DisclosureRules): DisclosureReading {
  const text = (message ?? '').normalize('NFC').slice(0, 5000);
  const plain = plainOf(text);
  const said: Disclosure[] = [
    ...(namesSeller(text, plain, rules.sellers) ? (['seller'] as const) : []),
    ...(saysMachine(text, plain) ? (['ai'] as const) : []),
    ...(recordingWord.test(plain) ? (['recording'] as const) : []),
    ...(wayOutWord.test(plain) ? (['way-out'] as const) : []),
  ];
  const needed: Disclosure[] = [
    'seller',
    'ai',
    ...(rules.recorded ? (['recording'] as const) : []),
    ...(rules.wayOut ? (['way-out'] as const) : []),
  ];
  return { said, missing: needed.filter(each => !said.includes(each)) };
}

/** Lower case, no accents, straight apostrophes, single blanks. */
const plainOf = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[’‘`´]/g, "'")
    .replace(/ß/g, 'ss')
    .toLowerCase()
    .replace(/\s+/g, ' ');

function saysMachine(text: string, plain: string): boolean {
  const affirmed = (source: string, pattern: RegExp) =>
    [...source.matchAll(pattern)].some(({ index }) => !negated.test(plainOf(source.slice(0, index))));
  return affirmed(text, abbreviation) || affirmed(plain, machineWord);
}

/** Forms of companies, which nobody says at the telephone. */
const legalForm =
  /\b(?:incorporated|inc|llc|llp|ltd|limited|corp|corporation|co|company|plc|gmbh|mbh|ag|kg|se|sarl|sas|sa|srl|spa|sl|bv|nv|ug)\b/gu;
const wordsOf = (text: string): string =>
  text
    .replace(/&/g, ' and ')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

function namesSeller(text: string, plain: string, sellers: readonly string[]): boolean {
  if (sellerVariable.test(text)) return true;
  const spoken = ` ${wordsOf(plain)} `;
  return sellers.some(seller => {
    const whole = wordsOf(plainOf(seller).replace(/\./g, ''));
    const short = whole.replace(legalForm, ' ').replace(/\s+/g, ' ').trim();
    return [whole, short].some(name => name.length > 1 && spoken.includes(` ${name} `));
  });
}

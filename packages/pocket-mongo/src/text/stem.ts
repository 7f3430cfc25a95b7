/**
 * Reduces an English word to a stem shared by its inflections, after the rules of Porter's second stemmer: call, calls,
 * called and calling meet; so do happy and happiness. The stem itself need not be a word.
 */
export function stemEnglish(input: string): string {
  if (input.length <= 2) return input;
  const whole = irregular.get(input);
  if (whole !== undefined) return whole;
  // A y that acts as a consonant is marked, so that the rules can tell it from the vowel.
  let word = input
    .replace(/^'/, '')
    .replace(/^y/, 'Y')
    .replace(/([aeiouy])y/g, '$1Y');
  const first = firstRegion(word);
  const second = regionAfter(word, first);
  word = plural(word.replace(/'(s'?)?$/, ''));
  if (finished.has(word)) return word;
  word = pastAndProgress(word, first);
  word = word.replace(/(?<=.[^aeiouyY])[yY]$/, 'i');
  word = replaceEnding(word, first, derivations);
  word = replaceEnding(word, first, adjectives, { ative: second });
  word = dropEnding(word, second);
  return finalLetters(word, first, second).replaceAll('Y', 'y');
}

const irregular = new Map([
  ['skis', 'ski'],
  ['skies', 'sky'],
  ['dying', 'die'],
  ['lying', 'lie'],
  ['tying', 'tie'],
  ['idly', 'idl'],
  ['gently', 'gentl'],
  ['ugly', 'ugli'],
  ['early', 'earli'],
  ['only', 'onli'],
  ['singly', 'singl'],
  ...['sky', 'news', 'howe', 'atlas', 'cosmos', 'bias', 'andes'].map(word => [word, word] as const),
]);

const finished = new Set(['inning', 'outing', 'canning', 'herring', 'earring', 'proceed', 'exceed', 'succeed']);

/** Where the part begins that follows the first consonant after a vowel; only endings inside it may change. */
function firstRegion(word: string): number {
  const prefix = /^(gener|commun|arsen)/.exec(word);
  return prefix ? prefix[0].length : regionAfter(word, 0);
}

function regionAfter(word: string, from: number): number {
  const match = /[aeiouy][^aeiouy]/.exec(word.slice(from));
  return match ? from + match.index + 2 : word.length;
}

/** Does the word end in a short syllable, such as the one of "hop" or "at"? */
const endsShort = (word: string): boolean =>
  /[^aeiouy][aeiouy][^aeiouywxY]$/.test(word) || /^[aeiouy][^aeiouy]$/.test(word);

function plural(word: string): string {
  if (word.endsWith('sses')) return word.slice(0, -2);
  if (/ie[ds]$/.test(word)) return word.length > 4 ? word.slice(0, -2) : word.slice(0, -1);
  if (/(us|ss)$/.test(word)) return word;
  return word.endsWith('s') && /[aeiouy]/.test(word.slice(0, -2)) ? word.slice(0, -1) : word;
}

function pastAndProgress(word: string, first: number): string {
  const agreed = /eed(ly)?$/.exec(word);
  if (agreed) return agreed.index >= first ? `${word.slice(0, agreed.index)}ee` : word;
  const ending = /(ed|edly|ing|ingly)$/.exec(word);
  if (!ending) return word;
  const stem = word.slice(0, ending.index);
  if (!/[aeiouy]/.test(stem)) return word;
  if (/(at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (/(bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(stem)) return stem.slice(0, -1);
  return first >= stem.length && endsShort(stem) ? `${stem}e` : stem;
}

type Rules = readonly (readonly [ending: string, replacement: string])[];

/** Longest endings first: the first that fits decides, even when its region does not allow the change. */
const derivations: Rules = [
  ['ization', 'ize'],
  ['ational', 'ate'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['iveness', 'ive'],
  ['tional', 'tion'],
  ['biliti', 'ble'],
  ['lessli', 'less'],
  ['entli', 'ent'],
  ['ation', 'ate'],
  ['alism', 'al'],
  ['aliti', 'al'],
  ['ousli', 'ous'],
  ['iviti', 'ive'],
  ['fulli', 'ful'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['abli', 'able'],
  ['izer', 'ize'],
  ['ator', 'ate'],
  ['alli', 'al'],
  ['bli', 'ble'],
  ['ogi', 'og'],
  ['li', ''],
];

const adjectives: Rules = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['alize', 'al'],
  ['icate', 'ic'],
  ['iciti', 'ic'],
  ['ative', ''],
  ['ical', 'ic'],
  ['ness', ''],
  ['ful', ''],
];

function replaceEnding(word: string, region: number, rules: Rules, regions: Record<string, number> = {}): string {
  for (const [ending, replacement] of rules) {
    if (!word.endsWith(ending)) continue;
    const at = word.length - ending.length;
    if (at < (regions[ending] ?? region)) return word;
    if (ending === 'ogi' && word[at - 1] !== 'l') return word;
    if (ending === 'li' && !/[cdeghkmnrt]/.test(word[at - 1] ?? '')) return word;
    return word.slice(0, at) + replacement;
  }
  return word;
}

const endings = [
  ...['ement', 'ance', 'ence', 'able', 'ible', 'ment', 'ant', 'ent', 'ism', 'ate', 'iti', 'ous', 'ive', 'ize', 'ion'],
  ...['al', 'er', 'ic'],
];

function dropEnding(word: string, second: number): string {
  const ending = endings.find(candidate => word.endsWith(candidate));
  if (ending === undefined) return word;
  const at = word.length - ending.length;
  if (at < second || (ending === 'ion' && !/[st]/.test(word[at - 1] ?? ''))) return word;
  return word.slice(0, at);
}

function finalLetters(word: string, first: number, second: number): string {
  const at = word.length - 1;
  if (word.endsWith('e') && (at >= second || (at >= first && !endsShort(word.slice(0, -1))))) return word.slice(0, -1);
  return word.endsWith('ll') && at >= second ? word.slice(0, -1) : word;
}

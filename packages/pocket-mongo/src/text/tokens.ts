import type { Language } from './language.ts';

export interface Sensitivity {
  readonly caseSensitive: boolean;
  readonly diacriticSensitive: boolean;
}

export const insensitive: Sensitivity = { caseSensitive: false, diacriticSensitive: false };

const combining = /\p{M}+/gu;
const words = /[\p{L}\p{N}\p{M}_]+(?:['’][\p{L}\p{N}\p{M}_]+)*/gu;

/** The form in which texts are compared: accents and case folded unless they are to matter. */
export function foldText(text: string, { caseSensitive, diacriticSensitive }: Sensitivity): string {
  const cased = caseSensitive ? text : text.toLowerCase();
  // ASCII, the common case, has nothing to decompose.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
  if (/^[\x00-\x7f]*$/.test(cased)) return cased;
  return diacriticSensitive ? cased.normalize('NFC') : cased.normalize('NFD').replace(combining, '').normalize('NFC');
}

/** The words of a text in any script; apostrophes inside a word belong to it, hyphens separate. */
export const wordsOf = (text: string): string[] => text.replaceAll('’', "'").match(words) ?? [];

/** The terms of a text: folded words without stop words, reduced to their stems. */
export function termsOf(text: string, language: Language, sensitivity: Sensitivity = insensitive): string[] {
  const terms: string[] = [];
  for (const word of wordsOf(text)) {
    if (language.isStopWord(word.toLowerCase())) continue;
    terms.push(language.stem(foldText(word, sensitivity)));
  }
  return terms;
}

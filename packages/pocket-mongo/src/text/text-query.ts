import { type Document, isDocument } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { findLanguage } from './language.ts';
import { type TextFields, textParts } from './text-fields.ts';
import { foldText, insensitive, type Sensitivity, termsOf } from './tokens.ts';

/** A compiled `$text` operand. */
export interface TextQuery {
  /** Folded terms: a match contains at least one. With none of them nothing matches. */
  readonly terms: readonly string[];
  /** Folded terms no match may contain. */
  readonly excludedTerms: readonly string[];
  /** Whether the words alone decide; otherwise `accepts` must look at the document as well. */
  readonly needsDocument: boolean;
  /** Do the phrases, exclusions and exact spellings hold for a document that has one of the terms? */
  accepts(document: Document): boolean;
}

interface SearchWords {
  readonly words: string[];
  readonly excludedWords: string[];
  readonly phrases: string[];
  readonly excludedPhrases: string[];
}

/** Takes a search string apart: words, "phrases", and either with a leading minus. */
export function parseSearch(search: string): SearchWords {
  const result: SearchWords = { words: [], excludedWords: [], phrases: [], excludedPhrases: [] };
  // A minus only negates at the start of a word; inside one it is a hyphen.
  for (const match of search.matchAll(/(^|\s)?(-?)(?:"([^"]*)"|([^\s"]+))/g)) {
    const [, , minus, phrase, word] = match;
    const excluded = minus === '-';
    if (phrase !== undefined) {
      if (phrase.trim() === '') continue;
      (excluded ? result.excludedPhrases : result.phrases).push(phrase);
      if (!excluded) result.words.push(phrase);
    } else if (word !== undefined) (excluded ? result.excludedWords : result.words).push(word);
  }
  return result;
}

const optionNames = ['$search', '$language', '$caseSensitive', '$diacriticSensitive'];

function readOptions(specification: unknown): {
  search: string;
  language: string | undefined;
  sensitivity: Sensitivity;
} {
  if (!isDocument(specification)) throw new CommandError('BadValue', '$text expects an object');
  for (const name of Object.keys(specification)) {
    if (!optionNames.includes(name)) throw new CommandError('BadValue', `extra fields in $text: ${name}`);
  }
  const { $search: search, $language: language } = specification;
  if (typeof search !== 'string') throw new CommandError('TypeMismatch', '$search had the wrong type. Expected string');
  if (language !== undefined && typeof language !== 'string') {
    throw new CommandError('TypeMismatch', '$language had the wrong type. Expected string');
  }
  const flag = (name: string): boolean => {
    const value = specification[name] ?? false;
    if (typeof value !== 'boolean') throw new CommandError('TypeMismatch', `${name} had the wrong type. Expected bool`);
    return value;
  };
  const sensitivity = { caseSensitive: flag('$caseSensitive'), diacriticSensitive: flag('$diacriticSensitive') };
  return { search, language, sensitivity };
}

/** Compiles the operand of `$text` against the fields of the collection's text index. */
export function compileTextQuery(specification: unknown, fields: TextFields): TextQuery {
  const { search, language: named, sensitivity } = readOptions(specification);
  const language = findLanguage(named ?? fields.defaultLanguage);
  const { words, excludedWords, phrases, excludedPhrases } = parseSearch(search);
  const terms = (list: readonly string[], how: Sensitivity): string[] => [
    ...new Set(list.flatMap(text => termsOf(text, language, how))),
  ];
  const exact = sensitivity.caseSensitive || sensitivity.diacriticSensitive;
  const exactTerms = exact ? terms(words, sensitivity) : [];
  const exactExcluded = exact ? terms(excludedWords, sensitivity) : [];
  const wantedPhrases = phrases.map(phrase => foldText(phrase, sensitivity));
  const unwantedPhrases = excludedPhrases.map(phrase => foldText(phrase, sensitivity));
  return {
    terms: terms(words, insensitive),
    // Spelled otherwise than excluded, a word may stay; then the document decides.
    excludedTerms: exact ? [] : terms(excludedWords, insensitive),
    needsDocument: exact || wantedPhrases.length > 0 || unwantedPhrases.length > 0,
    accepts: document => {
      const parts = textParts(document, fields);
      if (exact) {
        const present = new Set(parts.flatMap(part => termsOf(part.text, part.language, sensitivity)));
        if (!exactTerms.some(term => present.has(term))) return false;
        if (exactExcluded.some(term => present.has(term))) return false;
      }
      const texts = parts.map(part => foldText(part.text, sensitivity));
      const contains = (phrase: string): boolean => texts.some(text => text.includes(phrase));
      return wantedPhrases.every(contains) && !unwantedPhrases.some(contains);
    },
  };
}

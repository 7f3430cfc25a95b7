import { type Document, isDocument } from '../bson/types.ts';
import { findLanguage, type Language } from './language.ts';
import { insensitive, termsOf } from './tokens.ts';

/** What a text index covers. */
export interface TextFields {
  /** Weight by path; `$**` stands for every field. */
  readonly weights: Readonly<Record<string, number>>;
  readonly defaultLanguage: string;
  /** The field by which a document names its own language. */
  readonly languageOverride: string;
}

/** One string of a document, with the weight of its path and the language it is written in. */
export interface TextPart {
  readonly text: string;
  readonly weight: number;
  readonly language: Language;
}

/** Every string that the index covers; arrays and subdocuments on the way are entered, and may change the language. */
export function textParts(document: Document, fields: TextFields): TextPart[] {
  const parts: TextPart[] = [];
  const { weights } = fields;
  const wildcard = Object.hasOwn(weights, '$**') ? weights['$**'] : undefined;
  const paths = Object.keys(weights).filter(path => path !== '$**');
  const visit = (value: unknown, path: string, language: Language): void => {
    if (typeof value === 'string') {
      const weight = (Object.hasOwn(weights, path) ? weights[path] : undefined) ?? wildcard;
      if (weight !== undefined) parts.push({ text: value, weight, language });
    } else if (Array.isArray(value)) for (const element of value) visit(element, path, language);
    else if (isDocument(value)) visitDocument(value, path, language);
  };
  const visitDocument = (value: Document, path: string, inherited: Language): void => {
    const { languageOverride: override } = fields;
    const own = Object.hasOwn(value, override) ? value[override] : undefined;
    const language = typeof own === 'string' ? findLanguage(own) : inherited;
    for (const [name, inner] of Object.entries(value)) {
      const at = path === '' ? name : `${path}.${name}`;
      if (wildcard !== undefined || paths.some(wanted => wanted === at || wanted.startsWith(`${at}.`))) {
        visit(inner, at, language);
      }
    }
  };
  visitDocument(document, '', findLanguage(fields.defaultLanguage));
  return parts;
}

/**
 * The terms of a document and how much each says about it: a term counts less with every repetition, more where it makes
 * up much of its text, and by the weight of the field.
 */
export function termScores(document: Document, fields: TextFields): Map<string, number> {
  const scores = new Map<string, number>();
  for (const { text, weight, language } of textParts(document, fields)) {
    const terms = termsOf(text, language, insensitive);
    const counts = new Map<string, number>();
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
    for (const [term, count] of counts) {
      const frequency = 2 - 2 ** (1 - count); // 1 + ½ + ¼ + …
      const density = (0.5 * count) / terms.length + 0.5;
      const whole = text.length === term.length ? 1.1 : 1;
      scores.set(term, (scores.get(term) ?? 0) + weight * frequency * density * whole);
    }
  }
  return scores;
}

import { CommandError, unsupported } from '../errors.ts';
import { stemEnglish } from './stem.ts';

/** How one language turns text into terms. */
export interface Language {
  readonly name: 'english' | 'none';
  isStopWord(word: string): boolean;
  stem(word: string): string;
}

/** Words too common to tell documents apart; they are neither indexed nor searched. */
const englishStopWords = new Set(
  `a about above after again against all am an and any are aren't as at be because been before being below between both but by
  can't cannot could couldn't did didn't do does doesn't doing don't down during each few for from further had hadn't has
  hasn't have haven't having he he'd he'll he's her here here's hers herself him himself his how how's i i'd i'll i'm i've if
  in into is isn't it it's its itself let's me more most mustn't my myself no nor not of off on once only or other ought our
  ours ourselves out over own same shan't she she'd she'll she's should shouldn't so some such than that that's the their
  theirs them themselves then there there's these they they'd they'll they're they've this those through to too under until
  up very was wasn't we we'd we'll we're we've were weren't what what's when when's where where's which while who who's whom
  why why's with won't would wouldn't you you'd you'll you're you've your yours yourself yourselves`.split(/\s+/),
);

const english: Language = {
  name: 'english',
  isStopWord: word => englishStopWords.has(word),
  stem: stemEnglish,
};

/** No stop words and no stems: every word counts as it is written. */
const none: Language = { name: 'none', isStopWord: () => false, stem: word => word };

const otherLanguages = new Set(
  `danish da dutch nl finnish fi french fr german de hungarian hu italian it norwegian nb portuguese pt romanian ro russian ru
  spanish es swedish sv turkish tr arabic ara farsi iranian urdu hans simplified hant traditional`.split(/\s+/),
);

/** The language of that name; those that the embedded store cannot stem are refused, unknown ones too. */
export function findLanguage(name: unknown): Language {
  if (typeof name !== 'string') throw new CommandError('Location17261', 'the language of a text must be a string');
  const key = name.toLowerCase();
  if (key === 'english' || key === 'en') return english;
  if (key === 'none') return none;
  if (otherLanguages.has(key)) throw unsupported(`text search in ${key} (english and none are supported)`);
  throw new CommandError('Location17262', `unsupported language: "${name}" for text index version 3`);
}

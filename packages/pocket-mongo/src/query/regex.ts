import type { BSONRegExp } from 'bson';
import { regexParts } from '../bson/compare.ts';
import { bsonType } from '../bson/types.ts';
import { CommandError, unsupported } from '../errors.ts';

/** A compiled regular expression and, where one exists, the literal text every match starts with. */
export interface CompiledRegex {
  readonly regex: RegExp;
  readonly test: (text: string) => boolean;
  /** Set for case-sensitive patterns anchored at the start: an index can be narrowed to strings with this prefix. */
  readonly prefix: string | undefined;
}

/** Compiles a pattern of MongoDB (PCRE) for JavaScript's engine; what has no counterpart is refused. */
export function compileRegex(pattern: string, options: string): CompiledRegex {
  let flags = '';
  let extended = false;
  for (const option of options) {
    if (option === 'x') extended = true;
    else if (option === 'i' || option === 'm' || option === 's') flags += flags.includes(option) ? '' : option;
    else if (option !== 'u') throw new CommandError('BadValue', `invalid flag in regex options: ${option}`);
  }
  let source = pattern;
  const inline = /^\(\?([imsx]+)\)/.exec(source);
  if (inline) {
    source = source.slice(inline[0].length);
    for (const flag of inline[1]!) {
      if (flag === 'x') extended = true;
      else if (!flags.includes(flag)) flags += flag;
    }
  }
  const regex = build(translate(source, extended, flags.includes('m')), flags, pattern);
  return {
    regex,
    test: text => regex.test(text),
    prefix: flags === '' && !extended ? literalPrefix(source) : undefined,
  };
}

/** Compiles a regular expression value as it stands in a filter. */
export function compileRegexValue(value: unknown, options?: string): CompiledRegex {
  const parts = bsonType(value) === 11 ? regexParts(value as BSONRegExp) : { pattern: String(value), options: '' };
  return compileRegex(parts.pattern, options ?? parts.options);
}

function build(source: string, flags: string, pattern: string): RegExp {
  try {
    return new RegExp(source, `${flags}u`);
  } catch {
    // Unicode mode forbids needless escapes such as "\-", which PCRE accepts.
  }
  try {
    return new RegExp(source, flags);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new CommandError('Location51091', `Regular expression is invalid: ${problem} (in ${pattern})`);
  }
}

const posixClasses: Record<string, string> = {
  alpha: 'a-zA-Z',
  digit: '0-9',
  alnum: 'a-zA-Z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  word: '\\w',
};

/** Rewrites the constructs that PCRE and JavaScript write differently. */
function translate(pattern: string, extended: boolean, multiline: boolean): string {
  let out = '';
  let inClass = false;
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern[i]!;
    const rest = pattern.slice(i);
    if (char === '\\') {
      const next = pattern[i + 1] ?? '';
      i += 1;
      if (next === 'Q') {
        const end = pattern.indexOf('\\E', i);
        const literal = pattern.slice(i + 1, end < 0 ? undefined : end);
        out += literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
        i = end < 0 ? pattern.length : end + 1;
      } else out += escapeOf(next, inClass);
    } else if (inClass) {
      const posix = /^\[:(\^?)(\w+):\]/.exec(rest);
      if (posix) {
        const members = posixClasses[posix[2]!];
        if (!members || posix[1]) throw unsupported(`the character class ${posix[0]} in a regular expression`);
        out += members;
        i += posix[0].length - 1;
      } else {
        if (char === ']') inClass = false;
        out += char === '[' ? '\\[' : char;
      }
    } else if (char === '[') {
      inClass = true;
      out += char;
      // A bracket right after the opening one is a member in PCRE and the end in JavaScript.
      const member = /^\[(\^?)\]/.exec(rest);
      if (member) {
        out += `${member[1]}\\]`;
        i += member[0].length - 1;
      }
    } else if (char === '$' && !multiline) {
      out += '(?=\\n?$)'; // PCRE also accepts the end before a last newline
    } else if (extended && /\s/.test(char)) {
      // free spacing
    } else if (extended && char === '#') {
      const end = pattern.indexOf('\n', i);
      i = end < 0 ? pattern.length : end;
    } else if (char === '(' && /^\(\?(?:P?[<>=]|[a-zA-Z-]+[:)]|#)/.test(rest)) {
      const [text, skip] = groupOf(rest);
      out += text;
      i += skip - 1;
    } else out += char;
  }
  return out;
}

function groupOf(rest: string): [text: string, length: number] {
  if (rest.startsWith('(?P<')) return ['(?<', 4];
  if (rest.startsWith('(?<')) return ['(?<', 3];
  if (rest.startsWith('(?=')) return ['(?=', 3];
  if (rest.startsWith('(?#')) {
    const end = rest.indexOf(')');
    return ['', end < 0 ? rest.length : end + 1];
  }
  throw unsupported(`the group ${rest.slice(0, 6)} in a regular expression`);
}

function escapeOf(next: string, inClass: boolean): string {
  if (inClass) return `\\${next}`;
  switch (next) {
    case 'A':
      return '(?<![\\s\\S])';
    case 'z':
      return '(?![\\s\\S])';
    case 'Z':
      return '(?=\\n?(?![\\s\\S]))';
    case 'h':
      return '[ \\t]';
    case 'R':
      return '(?:\\r\\n|[\\n\\v\\f\\r])';
    case 'G':
    case 'K':
    case 'X':
      throw unsupported(`\\${next} in a regular expression`);
    default:
      return `\\${next}`;
  }
}

/** The literal start of a pattern such as `^abc.*`; alternatives and a quantifier after the last character shorten or forbid it. */
function literalPrefix(pattern: string): string | undefined {
  const start = pattern.startsWith('^') ? 1 : pattern.startsWith('\\A') ? 2 : 0;
  if (start === 0 || pattern.includes('|')) return undefined;
  let prefix = '';
  for (let i = start; i < pattern.length; i += 1) {
    let char = pattern[i]!;
    if (char === '\\') {
      const next = pattern[i + 1] ?? '';
      if (!/[^a-zA-Z0-9]/.test(next)) break;
      char = next;
      i += 1;
    } else if (/[.*+?()[\]{}|^$]/.test(char)) break;
    const follow = pattern[i + 1] ?? '';
    if (follow === '*' || follow === '?' || follow === '{') break;
    prefix += char;
    if (follow === '+') break;
  }
  return prefix === '' ? undefined : prefix;
}

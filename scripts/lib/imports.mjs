/**
 * The imports of a TypeScript file: `{ specifier, kind, line }` with kind `value`, `type` (erased by the compiler) or
 * `dynamic` (import() and worker addresses). A parser would be surer, but the compiler offers none and this check is to run
 * with nothing installed; formatted code, with comments and templates blanked out, leaves little to guess.
 */
export function importsOf(source) {
  const code = blankCommentsAndTemplates(source);
  const found = [];
  for (const { pattern, kindOf } of forms) {
    for (const match of code.matchAll(pattern)) {
      const line = code.slice(0, match.index).split('\n').length;
      found.push({ specifier: match.groups.specifier, kind: kindOf(match), line });
    }
  }
  return found.sort((a, b) => a.line - b.line);
}

const forms = [
  {
    pattern: /^(?:import|export)\s+(?<type>type\s+)?[\w$*{}\s,]+?\bfrom\s*(['"])(?<specifier>[^'"\n]+)\2/gm,
    kindOf: match => (match.groups.type && !/^(?:import|export)\s+type\s+from\b/.test(match[0]) ? 'type' : 'value'),
  },
  { pattern: /^import\s*(['"])(?<specifier>[^'"\n]+)\1/gm, kindOf: () => 'value' },
  { pattern: /\bimport\s*\(\s*(['"])(?<specifier>[^'"\n]+)\1/g, kindOf: () => 'dynamic' },
  { pattern: /\bnew URL\(\s*(['"])(?<specifier>\.[^'"\n]+\.ts)\1\s*,\s*import\.meta\.url/g, kindOf: () => 'dynamic' },
];

/** The same text, line by line and column by column, with comments, templates and regular expressions blank; strings stay. */
export function blankCommentsAndTemplates(source) {
  let result = '';
  let index = 0;
  const templates = []; // how many braces are open inside each ${…} we are in
  const blank = text => text.replace(/[^\n]/g, ' ');
  const take = (length, keep) => {
    const text = source.slice(index, index + length);
    result += keep ? text : blank(text);
    index += text.length;
  };
  const match = pattern => {
    pattern.lastIndex = index;
    return pattern.exec(source)?.[0].length ?? 0;
  };
  while (index < source.length) {
    const character = source[index];
    const next = source[index + 1];
    if (character === '/' && next === '/') take(match(/\/\/[^\n]*/y), false);
    else if (character === '/' && next === '*') take(match(/\/\*[\s\S]*?(?:\*\/|$)/y), false);
    else if (character === "'" || character === '"') take(match(stringFrom[character]) || 1, true);
    else if (character === '`' || (character === '}' && templates.at(-1) === 0)) {
      if (character === '}') templates.pop();
      take(1 + textOfTemplate(source, index + 1), false);
      if (source.startsWith('${', index)) {
        take(2, false);
        templates.push(0);
      } else take(1, false);
    } else if (
      character === '/' &&
      /(?:^|[(,=:[!&|?{};+\-*%<>~^\n]|\b(?:return|typeof|case|in|of|await))\s*$/.test(result.slice(-80))
    ) {
      take(match(/\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y) || 1, false);
    } else {
      if (templates.length > 0 && character === '{') templates[templates.length - 1] += 1;
      if (templates.length > 0 && character === '}') templates[templates.length - 1] -= 1;
      take(1, true);
    }
  }
  return result;
}

const stringFrom = { "'": /'(?:\\[\s\S]|[^'\\\n])*'/y, '"': /"(?:\\[\s\S]|[^"\\\n])*"/y };

function textOfTemplate(source, from) {
  let index = from;
  while (index < source.length && source[index] !== '`' && !source.startsWith('${', index))
    index += source[index] === '\\' ? 2 : 1;
  return index - from;
}

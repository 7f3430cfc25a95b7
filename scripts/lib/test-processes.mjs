import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Of one folder, so that most of them load the same; few, so that no process lasts much longer than the others. */
const mostTogether = 5;

/** The first line of a file that changes or measures its own process, with what it is that it does. */
const wantsItsOwn = /^\/\/ own process: \S/;

/** Which test files share a process: those of a folder, in groups of about the same size. The same files make the same groups. */
export function sharedProcesses(names, firstLine = readFirstLine) {
  const folders = new Map();
  const alone = [];
  for (const name of names) {
    if (wantsItsOwn.test(firstLine(name))) alone.push([name]);
    else folders.set(path.dirname(name), [...(folders.get(path.dirname(name)) ?? []), name]);
  }
  return [...alone, ...[...folders.values()].flatMap(inGroups)];
}

function inGroups(names) {
  const count = Math.ceil(names.length / mostTogether);
  return Array.from({ length: count }, (_, n) =>
    names.slice(Math.round((n * names.length) / count), Math.round(((n + 1) * names.length) / count)),
  );
}

const readFirstLine = name => readFileSync(name, 'utf8').split('\n', 1)[0];

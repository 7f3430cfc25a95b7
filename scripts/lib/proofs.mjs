import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Every proof with its name, file and first comment line. A package's proofs carry the package's name before theirs. */
export function findProofs(root) {
  const folders = [{ folder: 'scripts/prove', prefix: '' }];
  const packages = path.join(root, 'packages');
  if (existsSync(packages)) {
    for (const name of readdirSync(packages).sort())
      folders.push({ folder: `packages/${name}/prove`, prefix: `${name}/` });
  }
  return folders.flatMap(({ folder, prefix }) => {
    const place = path.join(root, folder);
    if (!existsSync(place)) return [];
    return readdirSync(place)
      .filter(file => /\.(mjs|ts)$/.test(file))
      .sort()
      .map(file => ({
        name: prefix + file.replace(/\.(mjs|ts)$/, ''),
        file: path.join(place, file),
        ...describe(path.join(place, file)),
      }));
  });
}

/** What the first comment says, and whether the proof offers a short run. */
function describe(file) {
  const text = readFileSync(file, 'utf8');
  const comment = text.split('\n').find(line => /^\s*(\/\/|\/\*\*?|\*)\s*\S/.test(line));
  const about = comment?.replace(/^\s*(\/\/|\/\*\*?|\*)\s*/, '').replace(/\s*\*\/$/, '') ?? '';
  return { about, hasSample: text.includes('--sample') };
}

import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { measureTokens } from '../../frontend/scripts/check-contrast.mjs';
import { firstLoad } from '../../frontend/scripts/check-size.mjs';
import { distance, oklchToLinear } from '../../frontend/scripts/colour.mjs';

const frontend = new URL('../../frontend/', import.meta.url);
const tokens = readFileSync(new URL('src/styles/tokens.css', frontend), 'utf8');

t.test('every contrast and colour distance the tokens promise holds in both themes', t => {
  const results = measureTokens(tokens);
  t.ok(results.length > 60);
  t.same(
    results.filter(result => !result.ok),
    [],
  );
  t.end();
});

t.test('a token that breaks a promise is found', t => {
  const paler = tokens.replace('--text-3: oklch(0.52', '--text-3: oklch(0.7');
  t.not(paler, tokens);
  t.match(
    measureTokens(paler).filter(result => !result.ok),
    [{ theme: 'light', what: 'text-3 on bg' }, { what: 'text-3 on surface' }, { what: 'text-3 on sunken' }],
  );
  t.throws(() => measureTokens(tokens.replace(/--warn: [^;]+;/, '')), /no --warn in the light theme/);
  t.end();
});

t.test('the colour arithmetic agrees with published values', t => {
  const near = (actual: number, expected: number) =>
    t.ok(Math.abs(actual - expected) < 0.0005, `${actual} ≈ ${expected}`);
  // sRGB red and mid grey in OKLCH.
  near(oklchToLinear([0.62796, 0.25768, 29.2339])[0], 1);
  near(oklchToLinear([0.59987, 0, 0])[1], 0.21586);
  near(distance([0, 0, 0], [1, 1, 1]), 100);
  near(distance([0.2, 0.4, 0.6], [0.2, 0.4, 0.6]), 0);
  t.end();
});

t.test('components name roles of the token file, never raw colours', t => {
  const raw = /#[0-9a-f]{3,8}\b|\b(?:oklch|rgba?|hsla?)\(/i;
  for (const file of readdirSync(new URL('src/', frontend), { recursive: true }).map(String)) {
    if (!/\.(tsx|css)$/.test(file) || file.endsWith('tokens.css')) continue;
    t.notMatch(readFileSync(new URL(`src/${file}`, frontend), 'utf8'), raw, file);
  }
  t.end();
});

t.test('the page loads no inline script or style, which the server’s policy would refuse', t => {
  const page = readFileSync(new URL('index.html', frontend), 'utf8');
  t.notMatch(page, /<style|\sstyle=|\son\w+=/);
  for (const [script] of page.matchAll(/<script[^>]*>/g)) t.match(script, / src="/);
  t.end();
});

t.test('first load is the entry with its static imports, each once', t => {
  const manifest = {
    'main.tsx': { file: 'a.js', isEntry: true, imports: ['_b', '_c'] },
    _b: { file: 'b.js', imports: ['_c'] },
    _c: { file: 'c.js', imports: ['main.tsx'] },
    'page.tsx': { file: 'late.js', imports: ['_b'] },
  };
  t.same(firstLoad(manifest).sort(), ['a.js', 'b.js', 'c.js']);
  t.throws(() => firstLoad({ _b: { file: 'b.js' } }), /no entry/);
  t.throws(() => firstLoad({ x: { file: 'x.js', isEntry: true, imports: ['gone'] } }), /names gone/);
  t.end();
});

t.test('it can be installed: a manifest with a name, a start and icons that are what they say', t => {
  const manifest = JSON.parse(readFileSync(new URL('public/manifest.webmanifest', frontend), 'utf8'));
  t.match(manifest, { name: String, short_name: String, id: '.', start_url: '.', scope: '.', display: 'standalone' });
  t.ok(manifest.short_name.length <= 12, 'it fits under an icon');
  const png = (file: string) => {
    const bytes = readFileSync(new URL(`public/${file}`, frontend));
    t.equal(bytes.subarray(1, 4).toString('latin1'), 'PNG', file);
    return { size: `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, hasAlpha: [4, 6].includes(bytes[25]!) };
  };
  const found: string[] = [];
  for (const { src, type, sizes, purpose = 'any' } of manifest.icons) {
    found.push(`${purpose} ${sizes}`);
    if (type !== 'image/png') {
      t.match(readFileSync(new URL(`public/${src}`, frontend), 'utf8'), /<svg/, src);
      continue;
    }
    const { size, hasAlpha } = png(src);
    t.equal(size, sizes, `${src} has the size that it names`);
    // A system cuts its own shape out of a maskable one: nothing may show through.
    if (purpose === 'maskable') t.notOk(hasAlpha, `${src} fills its square`);
  }
  for (const needed of ['any 192x192', 'any 512x512', 'maskable 192x192', 'maskable 512x512'])
    t.ok(found.includes(needed), needed);
  const page = readFileSync(new URL('index.html', frontend), 'utf8');
  t.match(page, /rel="manifest"/);
  const touch = /rel="apple-touch-icon" href="[^"]*?([^"/]+\.png)"/.exec(page)?.[1];
  t.ok(touch, 'a telephone that reads no manifest has an icon, too');
  t.match(png(touch!), { size: '180x180', hasAlpha: false });
  t.end();
});

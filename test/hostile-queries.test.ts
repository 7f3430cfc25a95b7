import { test } from 'tap';
import { startApp } from './helpers/app.ts';

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
}

/** What somebody sends to make a filter mean more than it says. */
const hostile = (name: string): [what: string, query: string][] => [
  ['an operator', `${name}[$gt]=`],
  ['an operator as JSON', `${name}=${encodeURIComponent('{"$ne":null}')}`],
  ['code', `${name}[$where]=sleep(1000)`],
  ['a list', `${name}=a&${name}=b`],
  ['a list in brackets', `${name}[]=a&${name}[]=b`],
  ['a prototype key', `${name}[__proto__][role]=admin`],
  ['a constructor', `${name}[constructor][prototype][role]=admin`],
];

test('no list endpoint takes operators, prototype keys or lists where it asks for a value', async t => {
  const { call, signIn } = await startApp(t);
  const token = await signIn();
  const { paths } = (await call('GET', '/api/openapi.json')).body as { paths: Record<string, { get?: Operation }> };
  const lists = Object.entries(paths).flatMap(([path, { get }]) => {
    const names = (get?.parameters ?? []).filter(each => each.in === 'query').map(each => each.name);
    return names.includes('cursor') && !path.includes('{') ? [{ path, names }] : [];
  });
  t.ok(lists.length >= 4, `${lists.length} lists`);
  for (const { path, names } of lists) {
    for (const name of [...names, '$where', '__proto__']) {
      for (const [what, query] of hostile(name)) {
        const answer = await call('GET', `${path}?${query}`, { token });
        // A text that only looks like an operator is compared as the text it is, and finds nothing.
        const harmless = answer.status === 200 && what === 'an operator as JSON' && answer.body.items.length === 0;
        t.ok(answer.status === 400 || harmless, `${path} ${name}: ${what} → ${answer.status}`);
      }
    }
    t.equal((await call('GET', path, { token })).status, 200, `${path} serves on`);
  }
  t.equal(({} as Record<string, unknown>)['role'], undefined, 'nothing was polluted');
});

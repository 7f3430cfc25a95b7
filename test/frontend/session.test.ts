import t from 'tap';
import { ApiError } from '../../frontend/src/lib/api-error.ts';
import { createSession, type SessionOptions } from '../../frontend/src/lib/session.ts';

const dana = { id: 'u1', email: 'dana@parley.example', role: 'supervisor' as const, permissions: [] };

/** The server's side of a session and the browser's one cookie jar, shared by all tabs: each refresh token is good once. */
function startBrowser({ signedIn = true, expiresIn = 900 } = {}) {
  const server = { current: 'cookie-0', revoked: !signedIn, refreshes: 0, password: 'correct horse', away: false };
  let jar = 'cookie-0';
  let now = 1_000_000;
  let held: Promise<unknown> = Promise.resolve();
  const listeners: { tab: number; hear: (event: MessageEvent) => void }[] = [];
  const timers: { at: number; work: () => void; live: boolean }[] = [];

  const answer = (status: number, body?: unknown) =>
    new Response(body === undefined ? null : JSON.stringify(body), { status });
  const refused = () => answer(401, { error: { code: 'AUTH_INVALID', message: 'This session has ended.' } });
  const grant = () => {
    server.current = `cookie-${Number(server.current.slice(7)) + 1}`;
    jar = server.current;
    return answer(200, { accessToken: `access-for-${server.current}`, expiresIn, user: dana });
  };

  const post: SessionOptions['post'] = async (path, body) => {
    const sent = jar; // the cookie leaves with the request, the answer comes later
    await new Promise(resolve => setImmediate(resolve));
    if (server.away) throw new TypeError('fetch failed');
    if (path === 'logout') {
      server.revoked = true;
      return answer(204);
    }
    if (path === 'login') {
      const { password } = body as { password: string };
      if (password !== server.password) return refused();
      server.revoked = false;
      return grant();
    }
    server.refreshes++;
    if (sent !== server.current) server.revoked = true; // an old token again: stolen from one side or the other
    return server.revoked ? refused() : grant();
  };

  const exclusively: SessionOptions['exclusively'] = work => {
    const turn = held.then(work, work);
    held = turn.catch(() => {});
    return turn;
  };

  let tabs = 0;
  let underWay: number | null = null;
  return {
    server,
    pass: (ms: number) => {
      now += ms;
      for (const timer of timers.filter(timer => timer.live && timer.at <= now)) {
        timer.live = false;
        timer.work();
      }
    },
    openTab(options: Partial<SessionOptions> = {}) {
      const tab = tabs++;
      return createSession({
        post,
        exclusively,
        now: () => now,
        underWay: {
          read: () => underWay,
          write: at => {
            underWay = at;
          },
        },
        wait: async ms => {
          await settled();
          now += ms;
        },
        channel: {
          postMessage: data => {
            for (const listener of listeners) {
              if (listener.tab !== tab) listener.hear({ data } as MessageEvent);
            }
          },
          addEventListener: (_type: string, hear: unknown) =>
            listeners.push({ tab, hear: hear as (event: MessageEvent) => void }),
        },
        schedule(work, delayMs) {
          const timer = { at: now + delayMs, work, live: true };
          timers.push(timer);
          return () => {
            timer.live = false;
          };
        },
        ...options,
      });
    },
  };
}

const unmarked: SessionOptions['underWay'] = { read: () => null, write: () => {} };

const settled = async () => {
  for (let turn = 0; turn < 10; turn++) await new Promise(resolve => setImmediate(resolve));
};

t.test('a tab finds the session again from the cookie alone', async t => {
  const tab = startBrowser().openTab();
  await tab.start();
  t.match(tab.state.get(), { name: 'signed-in', user: { email: dana.email } });
  t.equal(await tab.token(), 'access-for-cookie-1');
});

t.test('without a session the tab is signed out and hands out no token', async t => {
  const tab = startBrowser({ signedIn: false }).openTab();
  await tab.start();
  t.equal(tab.state.get().name, 'signed-out');
  t.equal(await tab.token(), null);
});

t.test('a server that does not answer is not a sign-out', async t => {
  const browser = startBrowser();
  const tab = browser.openTab();
  browser.server.away = true;
  await tab.start();
  t.equal(tab.state.get().name, 'unreachable');
  browser.server.away = false;
  await tab.start();
  t.equal(tab.state.get().name, 'signed-in', 'and the next try finds the session');
});

t.test('tabs opened at once renew one after the other, so none destroys the rotation of another', async t => {
  const browser = startBrowser();
  const tabs = [browser.openTab(), browser.openTab(), browser.openTab()];
  await Promise.all(tabs.map(tab => tab.start()));
  for (const tab of tabs) t.equal(tab.state.get().name, 'signed-in');
  t.notOk(browser.server.revoked);
});

t.test('without the lock the same start loses the session: that is what the lock is for', async t => {
  const browser = startBrowser();
  const unlocked: Partial<SessionOptions> = { exclusively: work => work(), underWay: unmarked };
  await Promise.all([browser.openTab(unlocked).start(), browser.openTab(unlocked).start()]);
  t.ok(browser.server.revoked);
});

// A reloaded page loses its lock at once, while its request still travels.
const dying: Partial<SessionOptions> = { exclusively: work => work() };

t.test('a page reloaded in the middle of a renewal lets the answer to the old page arrive first', async t => {
  const browser = startBrowser();
  browser.openTab(dying).start();
  const reloaded = browser.openTab();
  await reloaded.start();
  t.equal(reloaded.state.get().name, 'signed-in');
  t.notOk(browser.server.revoked);
});

t.test('without that patience the reload loses the session', async t => {
  const browser = startBrowser();
  browser.openTab(dying).start();
  await browser.openTab({ underWay: unmarked }).start();
  t.ok(browser.server.revoked);
});

t.test('a mark left behind long ago, or from the future, holds nobody up', async t => {
  for (const age of [2_001, -5_000]) {
    const browser = startBrowser();
    let waited = false;
    const tab = browser.openTab({
      underWay: { read: () => 1_000_000 - age, write: () => {} },
      wait: async () => {
        waited = true;
      },
    });
    await tab.start();
    t.notOk(waited);
  }
});

t.test('requests of one tab share one renewal', async t => {
  const browser = startBrowser();
  const tab = browser.openTab();
  await tab.start();
  const before = browser.server.refreshes;
  const outcomes = await Promise.all([1, 2, 3].map(() => tab.renew('access-for-cookie-1')));
  t.same(outcomes, ['renewed', 'renewed', 'renewed']);
  t.equal(browser.server.refreshes, before + 1);
});

t.test('a token refused by the server is not renewed again when a newer one is here already', async t => {
  const browser = startBrowser();
  const tab = browser.openTab();
  await tab.start();
  await tab.renew('access-for-cookie-1');
  const before = browser.server.refreshes;
  t.equal(await tab.renew('access-for-cookie-1'), 'renewed', 'the late 401 of a request sent with the old token');
  t.equal(browser.server.refreshes, before);
});

t.test('the token is renewed a minute before its end, and every tab gets the new one', async t => {
  const browser = startBrowser();
  const [one, other] = [browser.openTab(), browser.openTab()];
  await one.start();
  await other.start();
  const before = browser.server.refreshes;
  browser.pass(900_000 - 59_000);
  await settled();
  t.ok(browser.server.refreshes > before);
  t.equal(await one.token(), await other.token());
  t.notOk(browser.server.revoked);
});

t.test('after a long sleep an expired token is renewed before it is used', async t => {
  const browser = startBrowser();
  const tab = browser.openTab({ schedule: () => () => {} }); // timers do not run while the lid is closed
  await tab.start();
  browser.pass(3_600_000);
  t.equal(await tab.token(), 'access-for-cookie-2');
});

t.test(
  'when the server ended the session, the user stays known, so that the page can stay under the dialog',
  async t => {
    const browser = startBrowser();
    const tab = browser.openTab();
    await tab.start();
    browser.server.revoked = true;
    t.equal(await tab.renew('access-for-cookie-1'), 'refused');
    t.match(tab.state.get(), { name: 'expired', user: { email: dana.email } });
    t.equal(await tab.token(), null);
    await tab.signIn(dana.email, 'correct horse');
    t.equal(tab.state.get().name, 'signed-in');
  },
);

t.test('signing in or out in one tab does so in all', async t => {
  const browser = startBrowser({ signedIn: false });
  const [one, other] = [browser.openTab(), browser.openTab()];
  await Promise.all([one.start(), other.start()]);
  await one.signIn(dana.email, 'correct horse');
  t.equal(other.state.get().name, 'signed-in');
  t.equal(await other.token(), await one.token());
  await other.signOut(false);
  t.equal(one.state.get().name, 'signed-out');
});

t.test('a wrong password changes nothing and carries the code of the server', async t => {
  const tab = startBrowser({ signedIn: false }).openTab();
  await tab.start();
  const failure = await tab.signIn(dana.email, 'wrong').catch((error: unknown) => error);
  t.ok(failure instanceof ApiError);
  t.match(failure, { status: 401, code: 'AUTH_INVALID' });
  t.equal(tab.state.get().name, 'signed-out');
});

t.test('a sign-out the server did not hear leaves the user signed in, and says so', async t => {
  const browser = startBrowser();
  const tab = browser.openTab();
  await tab.start();
  browser.server.away = true;
  const failure = await tab.signOut(true).catch((error: unknown) => error);
  t.match(failure, { code: 'NETWORK' });
  t.equal(tab.state.get().name, 'signed-in');
});

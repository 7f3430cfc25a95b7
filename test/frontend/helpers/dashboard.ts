import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { startApp, type TestApp, type TestAppOptions } from '../../helpers/app.ts';
import { goTo } from './pages.ts';

const executablePath = '/usr/bin/chromium';
const frontend = fileURLToPath(new URL('../../../frontend/', import.meta.url));
const axeSource = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

// Of the file that runs now, as several may share this process.
let browser: Promise<Browser> | undefined;
let server: Promise<TestApp> | undefined;
let adminToken: Promise<string> | undefined;
let usersAdded = 0;
const residents = new Map<string, Promise<Page>>();
const switches: string[] = [];

async function closeBrowser() {
  const closing = browser;
  browser = undefined;
  residents.clear();
  switches.length = 0;
  await (await closing)?.close();
}

function forgetServer() {
  server = undefined;
  adminToken = undefined;
  usersAdded = 0;
}

/** Further switches for the browser of this file; said before its first test. */
export function launchWith(...args: string[]): void {
  switches.push(...args);
}

function launch(): Promise<Browser> {
  if (!browser) t.teardown(closeBrowser);
  browser ??= chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Nobody looks at the screen: a process of its own to draw it is not worth its start.
      '--in-process-gpu',
      ...switches,
    ],
  });
  return browser;
}

/** A server of a test's own, with the built dashboard. */
export async function startDashboard(t: Test, options: TestAppOptions): Promise<TestApp> {
  return startApp(t, { ...options, dashboardRoot: await built() });
}

/** One real server per file: its start costs more than a test, and every test signs in users of its own. */
function start(): Promise<TestApp> {
  // Receivers of webhooks are servers of the test.
  const env = { HOOKS_ALLOW_PRIVATE: 'true' };
  if (!server) t.teardown(forgetServer);
  server ??= built().then(dashboardRoot => startApp(t, { dashboardRoot, env }));
  return server;
}

/** The suite's set-up builds the dashboard; a single file run on a fresh clone builds it here. */
async function built(): Promise<string> {
  const dist = `${frontend}dist`;
  if (!existsSync(`${dist}/index.html`)) {
    const vite = fileURLToPath(new URL('../../bin/vite.js', import.meta.resolve('vite')));
    await promisify(execFile)(process.execPath, [vite, 'build'], { cwd: frontend });
  }
  return dist;
}

export type Person = { id: string; email: string; password: string };

export type Dashboard = TestApp & {
  /** An access token of the administrator. */
  token: string;
  /** Adds a user over the API. */
  addUser(role: string): Promise<Person>;
  /** A new browser with its own cookies, and its first tab. */
  visit(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** A browser in which this person has signed in and `path` is open. Their session is there already: sign-in.browser.test.ts signs in by hand. */
  visitAs(who: Person, path: string, options?: BrowserContextOptions): Promise<Page>;
  /**
   * The page of somebody of this role who stays for the whole file, brought to `path`. To load the dashboard costs more than most tests;
   * `visitAs` is for those who need a page that nobody used.
   */
  resident(role: string, path: string, options?: BrowserContextOptions): Promise<Page>;
};

/** Of the test that runs now. */
let problems: string[] = [];

/** Runs against the real server and store with the built dashboard; whatever the browser refuses or a page throws fails the test. */
export function browserTest(name: string, body: (t: Test, dashboard: Dashboard) => Promise<void>): void {
  const skip = existsSync(executablePath) ? false : 'install chromium';
  t.test(name, { skip }, async t => {
    const app = await start();
    adminToken ??= app.signIn();
    const token = await adminToken;
    problems = [];

    const arrive = async (path: string, options: BrowserContextOptions = {}, stays = false) => {
      // Whatever moves is drawn by the processor here, frame by frame.
      const context = await (await launch()).newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options });
      if (!stays) t.teardown(() => context.close());
      context.on('page', page => {
        page.setDefaultTimeout(30_000);
        page.on('pageerror', error => problems.push(`${page.url()}: ${error.message}`));
        page.on('console', message => {
          // A refused request is told in the page; what the security policy refuses is a defect.
          if (/Content Security Policy/i.test(message.text())) problems.push(message.text());
        });
      });
      const page = await context.newPage();
      await page.goto(new URL(path, app.url).href);
      return page;
    };
    const arriveAs = async (who: Person, path: string, options: BrowserContextOptions = {}, stays = false) => {
      const page = await arrive(path, { ...options, storageState: await sessionOf(app, who) }, stays);
      await page.getByText('Connected', { exact: true }).waitFor();
      return page;
    };
    const addUser: Dashboard['addUser'] = async role => {
      const user = { email: `${role}-${++usersAdded}@parley.example`, password: 'a sentence nobody guesses' };
      const answer = await app.call('POST', '/api/users', { token, body: { ...user, role } });
      return { ...user, id: answer.body.user.id };
    };

    await body(t, {
      ...app,
      token,
      addUser,
      visit: (path, options) => arrive(path, options),
      visitAs: (who, path, options) => arriveAs(who, path, options),
      async resident(role, path, options) {
        const key = JSON.stringify([role, options]);
        const known = residents.get(key);
        if (!known) {
          const arrived = addUser(role).then(who => arriveAs(who, path, options, true));
          residents.set(key, arrived);
          return arrived;
        }
        const page = await known;
        await goTo(page, path);
        return page;
      },
    });
    t.same(problems, [], 'no page failed, and the security policy refused nothing');
  });
}

export async function signIn(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** The session of somebody who signed in, as their browser keeps it. */
async function sessionOf(app: TestApp, { email, password }: { email: string; password: string }) {
  const answer = await app.call('POST', '/api/auth/login', { body: { email, password } });
  if (answer.status !== 200) throw new Error(`${email} cannot sign in: ${JSON.stringify(answer.body)}`);
  const [, name, value, path] = /^([^=]+)=([^;]+);.*?Path=([^;]+)/i.exec(answer.headers.getSetCookie()[0]!)!;
  const cookie = { name: name!, value: value!, path: path!, domain: new URL(app.url).hostname };
  return {
    cookies: [{ ...cookie, expires: -1, httpOnly: true, secure: false, sameSite: 'Strict' as const }],
    origins: [],
  };
}

const everyRule = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] };
const rulesOfColour = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };

/** WCAG 2.2 A and AA violations of what is on screen now, one readable line each. */
export async function violations(page: Page, rules: typeof everyRule = everyRule): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource);
  return page.evaluate(async runOnly => {
    const { axe } = globalThis as unknown as {
      axe: { run(where: Document, how: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const how = { runOnly, resultTypes: ['violations'], selectors: false, iframes: false, preload: false };
    const { violations: found } = await axe.run(document, how);
    return found.map(({ id, nodes }) => `${location.pathname} ${id}: ${nodes.map(node => node.html).join(' ')}`);
  }, rules);
}

/** The same in both themes. They differ in colours alone, so only rules about colours are asked a second time. */
export async function violationsInBothThemes(page: Page): Promise<string[]> {
  await wear(page, 'dark');
  const dark = await violations(page, rulesOfColour);
  await wear(page, 'light');
  return [...dark.map(each => `dark ${each}`), ...(await violations(page))];
}

async function wear(page: Page, colorScheme: 'light' | 'dark') {
  await page.emulateMedia({ colorScheme });
  await page.waitForFunction(theme => document.documentElement.dataset['theme'] === theme, colorScheme);
}

import { join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { Product } from './product.ts';

export interface Shot {
  /** Of the file. */
  readonly name: string;
  readonly path: string;
  /** What is done on the page before the picture. */
  readonly prepare?: (page: Page) => Promise<void>;
}

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const;
const looks = {
  light: { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  dark: { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
  phone: { ...phone, colorScheme: 'light' },
  'phone-dark': { ...phone, colorScheme: 'dark' },
  /** For README.md: what a window shows. */
  'readme-light': { viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  'readme-dark': { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' },
} satisfies Record<string, BrowserContextOptions>;
export type Look = keyof typeof looks;

/** A browser in which the administrator is signed in, one window for each look. */
export interface Camera {
  /** Takes one picture; of all of the page, or of what the window shows. */
  take(shot: Shot, look: Look, file: string, whole?: boolean): Promise<void>;
  /** What pages said of errors, and how much wider than its window one was. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export async function startCamera(product: Product): Promise<Camera> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--disable-background-networking'],
  });
  const windows = new Map<Look, Promise<{ context: BrowserContext; page: Page }>>();
  const complaints: string[] = [];
  const windowOf = (look: Look) => {
    const known = windows.get(look) ?? openWindow(browser, product, look, complaints);
    windows.set(look, known);
    return known;
  };
  return {
    complaints,
    async take({ name, path, prepare }, look, file, whole = true) {
      const { page } = await windowOf(look);
      await page.goto(new URL(path, product.address).href);
      await page.locator('h1').first().waitFor();
      await settled(page);
      await prepare?.(page);
      await settled(page);
      const wider = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
      if (wider > 0) complaints.push(`${name} (${look}) is ${wider} px wider than its window`);
      const strange = /Invalid Date|undefined|\bNaN\b|\[object /.exec(await page.locator('body').innerText());
      if (strange) complaints.push(`${name} (${look}) says "${strange[0]}"`);
      await page.screenshot({ path: file, fullPage: whole, animations: 'disabled' });
    },
    close: () => browser.close(),
  };
}

async function openWindow(browser: Browser, product: Product, look: Look, complaints: string[]) {
  const context = await browser.newContext({
    ...looks[look],
    locale: 'en-US',
    timezoneId: 'America/Chicago',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.on('pageerror', error => complaints.push(`${page.url()}: ${error.message}`));
  await page.goto(product.address);
  await page.getByLabel('E-mail').fill(product.admin.email);
  await page.getByLabel('Password', { exact: true }).fill(product.admin.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Connected', { exact: true }).first().waitFor({ state: 'attached' });
  return { context, page };
}

/** Everything has come, and nothing was painted differently for a moment. */
async function settled(page: Page): Promise<void> {
  await page.locator('[role=status][aria-label=Loading]').first().waitFor({ state: 'detached' });
  await page.evaluate('document.fonts.ready.then(() => undefined)');
  await page.waitForTimeout(500);
}

export const fileOf = (folder: string, name: string, look: Look): string => join(folder, `${name}.${look}.png`);

import type { Page } from 'playwright-core';

/** Every page that whoever may do everything can open, and one that is not there. */
export const pages = [
  '/live',
  '/calls',
  '/contacts',
  '/contacts/lists',
  '/contacts/imports',
  '/contacts/import',
  '/suppressions',
  '/',
  '/settings/account',
  '/settings/agents',
  '/settings/agents/new',
  '/settings/numbers',
  '/settings/users',
  '/settings/api-keys',
  '/settings/webhooks',
  '/settings/retention',
  '/settings/audit',
  '/operations',
  '/operations/calling',
  '/operations/jobs',
  '/operations/receipts',
  '/operations/sessions',
  '/sandbox',
  '/nowhere',
];

/** Every part of the page has come. */
export const loaded = (page: Page) =>
  page.waitForFunction(() => !document.querySelector('[role=status][aria-label=Loading]'));

/** Goes to a page from the one that is open, without loading the dashboard again, until every part of it has come. */
export async function goTo(page: Page, path: string): Promise<void> {
  // To be here already is to be somewhere else first: nothing shall be left of the page as it was.
  const here = await page.evaluate(() => location.href);
  if (new URL(path, here).pathname === new URL(here).pathname) await goTo(page, '/nowhere/else');
  await page.evaluate(next => {
    for (const heading of document.querySelectorAll('h1')) heading.dataset['before'] = '';
    history.pushState(null, '', next);
  }, path);
  await page.locator('h1:not([data-before])').waitFor();
  await loaded(page);
}

/** What is asked for at this address comes when the test says so. */
export async function heldBack(page: Page, address: string): Promise<{ come(): void }> {
  let come = () => {};
  const released = new Promise<void>(resolve => {
    come = resolve;
  });
  await page.route(address, async route => {
    await released;
    await route.fallback();
  });
  return { come };
}

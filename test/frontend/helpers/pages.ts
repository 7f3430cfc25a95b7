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

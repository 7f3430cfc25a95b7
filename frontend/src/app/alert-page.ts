import type { Alert } from '../features/alerts/api/alerts.ts';
import type { Needed } from '../lib/permissions.ts';
import { text } from '../strings/en.ts';
import { mainPages, operationsPages, settingsPages } from './pages.ts';

const words = text.alerts.pages;

/** Where an alert is mended, and the right that opens the page. */
export function alertPage({ kind, id }: Alert['link']): {
  readonly path: string;
  readonly search?: object;
  readonly label: string;
  readonly needs: Needed;
} {
  const within = id === null ? '' : `/${encodeURIComponent(id)}`;
  switch (kind) {
    case 'calling':
      return { ...operationsPages.calling, label: words.calling };
    case 'campaign':
      return { path: `${mainPages.campaigns.path}${within}`, label: words.campaign, needs: mainPages.campaigns.needs };
    case 'numbers':
      return { ...settingsPages.numbers, label: words.numbers };
    case 'webhook':
      return {
        path: `${settingsPages.webhooks.path}${within}`,
        label: words.webhook,
        needs: settingsPages.webhooks.needs,
      };
    case 'webhook-messages':
      return {
        path: `${settingsPages.webhooks.path}${within}`,
        search: { state: 'dead' },
        label: words.messages,
        needs: settingsPages.webhooks.needs,
      };
    case 'jobs':
      return { ...operationsPages.jobs, search: { state: 'dead' }, label: words.jobs };
    default:
      return { ...operationsPages.health, label: words.health };
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import { startApp, type TestAppOptions } from '../helpers/app.ts';
import { withoutPreflight } from '../helpers/no-preflight.ts';

/** A whole application whose campaigns are asked as an administrator. */
export async function campaignDesk(t: Parameters<typeof startApp>[0], options: TestAppOptions = {}) {
  const site = await startApp(t, options);
  withoutPreflight(site.app);
  const token = await site.signIn();
  const call = (method: string, path: string, body?: unknown) =>
    site.call(method, path, { token, ...(body === undefined ? {} : { body }) });
  const make = async (wishes: Record<string, unknown> = {}) => {
    const body = { name: 'Spring reminders', contentClass: 'informational', pace: { callsPerSecond: 1 }, ...wishes };
    const answer = await call('POST', '/api/campaigns', body);
    if (answer.status !== 201)
      throw new Error(site.log.findLast(line => line.includes('"error"')) ?? JSON.stringify(answer.body));
    return answer.body.campaign as { id: string; version: number; [field: string]: unknown };
  };
  const add = (id: string, ...phones: string[]) =>
    call('POST', `/api/campaigns/${id}/contacts`, { contacts: phones.map(phone => ({ phone })) });
  const state = async (id: string) => (await call('GET', `/api/campaigns/${id}`)).body.campaign.state as string;
  const texts = async (id: string) =>
    (await call('GET', `/api/campaigns/${id}/events?sort=seq`)).body.items.map((each: { text: string }) => each.text);
  return { ...site, request: site.call, token, call, make, add, state, texts };
}

/** Waits until it is so; fails after ten seconds. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean, withinMs = 10_000): Promise<void> {
  for (const end = Date.now() + withinMs; !(await isSo()); await delay(30))
    if (Date.now() > end) throw new Error(`it never came to this: ${what}`);
}

export const phone = (index: number): string => `+1212555${String(100 + index).padStart(4, '0')}`;

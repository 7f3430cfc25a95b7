import { queryOptions } from '@tanstack/react-query';
import type { CallsListData, CampaignsListData, ContactsListData } from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';
import { questionsOf } from '../palette-match.ts';

export interface Found {
  readonly people: ContactsListData['items'];
  readonly calls: CallsListData['items'];
}

const most = 5;

/** People and calls for what is typed, as far as this user may see them. */
export const searchQuery = (typed: string, sees: { readonly people: boolean; readonly calls: boolean }) =>
  queryOptions({
    queryKey: ['palette', typed, sees],
    queryFn: async ({ signal }): Promise<Found> => {
      const { people, calls } = questionsOf(typed);
      const [foundPeople, foundCalls] = await Promise.all([
        people && sees.people
          ? request<ContactsListData>('GET', 'api/contacts', { query: { ...people, limit: most }, signal })
          : null,
        calls && sees.calls
          ? request<CallsListData>('GET', 'api/calls', { query: { ...calls, sort: '-createdAt', limit: most }, signal })
          : null,
      ]);
      return { people: foundPeople?.items ?? [], calls: foundCalls?.items ?? [] };
    },
    staleTime: 15_000,
  });

/** The newest campaigns, to be found by name as one types. */
export const paletteCampaignsQuery = queryOptions({
  queryKey: ['palette', 'campaigns'],
  queryFn: ({ signal }) =>
    request<CampaignsListData>('GET', 'api/campaigns', { query: { limit: 200 }, signal }).then(({ items }) => items),
  staleTime: 30_000,
});

import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type {
  ContactListsCreatePayload,
  ContactsCampaignsListData,
  ContactsConsentsCreatePayload,
  ContactsConsentsWithdrawCreatePayload,
  ContactsCreateData,
  ContactsCreatePayload,
  ContactsDetailData,
  ContactsListData,
  ContactsPartialUpdatePayload,
  SuppressionsListData,
} from '../../../lib/api-types.ts';
import { type Query, request, requestFile } from '../../../lib/http.ts';

export type ListedContact = ContactsListData['items'][number];
export type Contact = ContactsDetailData['contact'];
export type ConsentEvent = NonNullable<Contact['consentHistory']>[number];
export type Membership = ContactsCampaignsListData['items'][number];

const path = (id: string) => `api/contacts/${encodeURIComponent(id)}`;
const perPage = 100;

export const contactsQuery = (query: Query, sort: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['contacts', 'list', query, sort],
    queryFn: ({ pageParam, signal }) =>
      request<ContactsListData>('GET', 'api/contacts', {
        query: { ...query, sort, limit: perPage, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor ?? undefined,
    refetchOnWindowFocus: false,
    staleTime: 30_000,
  });

export const exportContacts = (query: Query): Promise<Blob> => requestFile('api/contacts/export', { query });

export const contactQuery = (id: string) =>
  queryOptions({
    queryKey: ['contacts', 'one', id],
    queryFn: ({ signal }) => request<ContactsDetailData>('GET', path(id), { signal }).then(({ contact }) => contact),
  });

export const membershipsQuery = (id: string) =>
  queryOptions({
    queryKey: ['contacts', 'campaigns', id],
    queryFn: ({ signal }) =>
      request<ContactsCampaignsListData>('GET', `${path(id)}/campaigns`, { signal }).then(({ items }) => items),
    refetchInterval: 30_000,
  });

/** Whether one number is on the do-not-call list, and why. */
export const blockOfQuery = (phone: string) =>
  queryOptions({
    queryKey: ['suppressions', 'of', phone],
    queryFn: ({ signal }) =>
      request<SuppressionsListData>('GET', 'api/suppressions', { query: { phone }, signal }).then(
        ({ items }) => items[0] ?? null,
      ),
  });

function useRefreshContacts() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ['contacts'] });
}

export function useAddContact() {
  const onSuccess = useRefreshContacts();
  return useMutation({
    mutationFn: (contact: ContactsCreatePayload) =>
      request<ContactsCreateData>('POST', 'api/contacts', { body: contact }),
    onSuccess,
  });
}

export function useChangeContact(id: string) {
  const onSuccess = useRefreshContacts();
  return useMutation({
    mutationFn: (change: ContactsPartialUpdatePayload) =>
      request<ContactsDetailData>('PATCH', path(id), { body: change }),
    onSuccess,
  });
}

export function useRemoveContact(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => request('DELETE', path(id)),
    // The page of the person is left by then: asking for them again would find nobody.
    onSuccess: () => queries.invalidateQueries({ queryKey: ['contacts', 'list'] }),
  });
}

export type ConsentNote =
  | { readonly given: ContactsConsentsCreatePayload }
  | { readonly withdrawn: ContactsConsentsWithdrawCreatePayload };

export function useNoteConsent(id: string) {
  const onSuccess = useRefreshContacts();
  return useMutation({
    mutationFn: (note: ConsentNote) =>
      'given' in note
        ? request('POST', `${path(id)}/consents`, { body: note.given })
        : request('POST', `${path(id)}/consents/withdraw`, { body: note.withdrawn }),
    onSuccess,
  });
}

export type ListWish = ContactListsCreatePayload;

function useRefreshLists() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ['contact-lists'] });
}

/** Makes a list, or changes the one of this id. */
export function useKeepList(id: string | undefined) {
  const onSuccess = useRefreshLists();
  return useMutation({
    mutationFn: (list: ListWish) =>
      id === undefined
        ? request('POST', 'api/contact-lists', { body: list })
        : request('PATCH', `api/contact-lists/${encodeURIComponent(id)}`, { body: list }),
    onSuccess,
  });
}

export function useRemoveList(id: string) {
  const refresh = useRefreshLists();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => request('DELETE', `api/contact-lists/${encodeURIComponent(id)}`),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['contacts'] });
      return refresh();
    },
  });
}

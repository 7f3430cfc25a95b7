import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type {
  ContactsImportsCreateData,
  ContactsImportsDetailData,
  ContactsImportsGoogleSheetsCreatePayload,
  ContactsImportsGoogleSheetsListData,
  ContactsImportsListData,
  ContactsImportsPartialUpdateData,
  ContactsImportsPartialUpdatePayload,
  ContactsImportsRejectedListData,
  ContactsImportsStartCreateData,
} from './api-types.ts';
import { FILE_TIMEOUT_MS, request, requestFile } from './http.ts';
import { restMs } from './looking-again.ts';

export type Import = ContactsImportsDetailData['import'];
export type ImportColumn = Import['columns'][number];
export type ImportChange = ContactsImportsPartialUpdatePayload;
export type RejectedRow = ContactsImportsRejectedListData['items'][number];
export type GoogleSheet = ContactsImportsGoogleSheetsCreatePayload;

/** People, or numbers that must not be called: the same steps for both. */
export type ImportTarget = Import['target'];
export const importTargets = ['contacts', 'suppressions'] as const satisfies ImportTarget[];

const base = (target: ImportTarget) => `api/${target}/imports`;
const pathOf = (target: ImportTarget, id: string) => `${base(target)}/${encodeURIComponent(id)}`;
const runningMs = 1_000;

export const goesOn = (state: Import['state']): boolean =>
  state === 'waiting' || state === 'running' || state === 'stopping';

export const importQuery = (target: ImportTarget, id: string) =>
  queryOptions({
    queryKey: ['imports', target, 'one', id],
    queryFn: ({ signal }) =>
      request<ContactsImportsDetailData>('GET', pathOf(target, id), { signal }).then(answer => answer.import),
    refetchInterval: ({ state }) => (state.data && goesOn(state.data.state) ? runningMs : false),
  });

export const importsQuery = (target: ImportTarget) =>
  infiniteQueryOptions({
    queryKey: ['imports', target, 'list'],
    queryFn: ({ pageParam, signal }) =>
      request<ContactsImportsListData>('GET', base(target), { query: { limit: 50, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(page => page.items.some(each => goesOn(each.state))) ? 2 * runningMs : restMs,
  });

export const rejectedQuery = (target: ImportTarget, id: string) =>
  infiniteQueryOptions({
    queryKey: ['imports', target, 'rejected', id],
    queryFn: ({ pageParam, signal }) =>
      request<ContactsImportsRejectedListData>('GET', `${pathOf(target, id)}/rejected`, {
        query: { limit: 50, sort: 'row', cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: page => page.nextCursor ?? undefined,
  });

/** The rows that were not taken, as a file to mend and to import again. */
export const fetchRejected = (target: ImportTarget, id: string): Promise<Blob> =>
  requestFile(`${pathOf(target, id)}/rejected.csv`);

/** Whether sheets can be read from Google, and whom to share them with. */
export const googleSheetsQuery = (target: ImportTarget) =>
  queryOptions({
    queryKey: ['imports', target, 'google-sheets'],
    queryFn: ({ signal }) =>
      request<ContactsImportsGoogleSheetsListData>('GET', `${base(target)}/google-sheets`, { signal }),
    staleTime: 10 * 60_000,
  });

/** What is to be looked at: a file of this computer, or a sheet. */
export type ImportSource = { readonly again?: boolean } & (
  | { readonly file: File }
  | { readonly sheet: Pick<GoogleSheet, 'spreadsheet' | 'sheet' | 'range'> }
);

function upload(target: ImportTarget, source: ImportSource) {
  if ('sheet' in source)
    return request<ContactsImportsCreateData>('POST', `${base(target)}/google-sheets`, {
      body: { ...source.sheet, ...(source.again ? { again: true } : {}) },
      timeoutMs: FILE_TIMEOUT_MS,
    });
  const form = new FormData();
  form.set('file', source.file);
  return request<ContactsImportsCreateData>('POST', base(target), {
    body: form,
    query: source.again ? { again: true } : {},
    timeoutMs: FILE_TIMEOUT_MS,
  });
}

/** Keeps what the server answered of an import, and has the lists read again that it changes. */
function useKeepImport(target: ImportTarget) {
  const queries = useQueryClient();
  return ({ import: made }: { import: Import }) => {
    queries.setQueryData(importQuery(target, made.id).queryKey, made);
    void queries.invalidateQueries({ queryKey: importsQuery(target).queryKey });
  };
}

export function useUploadImport(target: ImportTarget) {
  const onSuccess = useKeepImport(target);
  return useMutation({ mutationFn: (source: ImportSource) => upload(target, source), onSuccess });
}

export function useChangeImport(target: ImportTarget, id: string) {
  const onSuccess = useKeepImport(target);
  return useMutation({
    mutationFn: (change: ImportChange) =>
      request<ContactsImportsPartialUpdateData>('PATCH', pathOf(target, id), { body: change }),
    onSuccess,
    // One after the other: each says how the one before is changed.
    scope: { id: `import ${id}` },
  });
}

export function useMoveImport(target: ImportTarget, id: string) {
  const onSuccess = useKeepImport(target);
  return useMutation({
    mutationFn: (verb: 'start' | 'stop') =>
      request<ContactsImportsStartCreateData>('POST', `${pathOf(target, id)}/${verb}`),
    onSuccess,
  });
}

import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type {
  CallsTranscriptListData,
  NumbersListData,
  SandboxActivityListData,
  SandboxAgentFaultsCreatePayload,
  SandboxCallsCreatePayload,
  SandboxCarrierFaultsCreatePayload,
  SandboxListData,
  SandboxViolationsDeleteData,
} from '../../../lib/api-types.ts';
import { request } from '../../../lib/http.ts';

export type Activity = SandboxActivityListData;
export type SandboxCall = NonNullable<Activity['carrier']>['calls'][number];
export type Conversation = NonNullable<Activity['agent']>['conversations'][number];
export type Violation = Activity['violations'][number];
export type SetUp = SandboxListData;
export type Side = Violation['side'];
export type Fault =
  | { side: 'carrier'; fault: SandboxCarrierFaultsCreatePayload }
  | { side: 'agent'; fault: SandboxAgentFaultsCreatePayload };

const REFRESH_MS = 1_000;

/** Everything that moves; asked for every second while the page is looked at. */
export const activityQuery = queryOptions({
  queryKey: ['sandbox', 'activity'],
  queryFn: ({ signal }) => request<Activity>('GET', 'api/sandbox/activity', { signal }),
  refetchInterval: REFRESH_MS,
  staleTime: 0,
});

/** What there is to choose from. */
export const setUpQuery = queryOptions({
  queryKey: ['sandbox', 'set-up'],
  queryFn: ({ signal }) => request<SetUp>('GET', 'api/sandbox', { signal }),
});

export type Said = CallsTranscriptListData;

/** What the product wrote down of a call: asked for every second until the call is over and all of it is there. */
export const saidQuery = (sid: string, live: boolean) =>
  queryOptions({
    queryKey: ['sandbox-said', sid],
    queryFn: ({ signal }) => request<Said>('GET', `api/calls/${encodeURIComponent(sid)}/transcript`, { signal }),
    refetchInterval: ({ state }) => ((state.data?.live ?? live) ? REFRESH_MS : false),
    staleTime: 0,
    // The next look is a second away.
    retry: false,
  });

/** Who answers the account's numbers. */
export const answeringQuery = queryOptions({
  queryKey: ['sandbox', 'numbers'],
  queryFn: ({ signal }) => request<NumbersListData>('GET', 'api/numbers', { signal }),
});

/** A change after which the page looks again. */
function useChange<V, R = unknown>(change: (values: V) => Promise<R>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['sandbox'] }),
  });
}

const callPath = (sid: string) => `api/sandbox/calls/${encodeURIComponent(sid)}`;

export const useCallIn = () =>
  useChange((call: SandboxCallsCreatePayload) => request('POST', 'api/sandbox/calls', { body: call }));

export const useHangUp = () => useChange((sid: string) => request('DELETE', callPath(sid)));

export const usePressKeys = () =>
  useChange(({ sid, digits }: { sid: string; digits: string }) =>
    request('POST', `${callPath(sid)}/press`, { body: { digits } }),
  );

export const useAnswerNext = () =>
  useChange(({ personId, to }: { personId: string; to: string | undefined }) =>
    request('POST', `api/sandbox/people/${encodeURIComponent(personId)}/answer-next`, {
      body: to === undefined ? {} : { to },
    }),
  );

export const useAssignNumber = () =>
  useChange(({ number, personId }: { number: string; personId: string }) =>
    request('PUT', `api/sandbox/numbers/${encodeURIComponent(number)}`, { body: { personId } }),
  );

export const useLetAnswer = () =>
  useChange(({ id, agentId }: { id: string; agentId: string }) =>
    request('PATCH', `api/numbers/${id}`, { body: { agentId } }),
  );

export const usePushFault = () =>
  useChange(({ side, fault }: Fault) => request('POST', `api/sandbox/${side}/faults`, { body: fault }));

export const useClearFaults = () =>
  useChange((sides: readonly Side[]) =>
    Promise.all(sides.map(side => request('DELETE', `api/sandbox/${side}/faults`))),
  );

export const useForgetViolations = () =>
  useChange(() => request<SandboxViolationsDeleteData>('DELETE', 'api/sandbox/violations'));

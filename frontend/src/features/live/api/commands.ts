import { request } from '../../../lib/http.ts';

const path = (callId: string) => `api/calls/${encodeURIComponent(callId)}`;

export const hangUp = (callId: string): Promise<unknown> => request('DELETE', path(callId));

export type Transfer = { mode: 'warm' | 'blind'; phone: string; summary: string };

export const transfer = (callId: string, { mode, phone, summary }: Transfer): Promise<unknown> =>
  request('POST', `${path(callId)}/transfer`, {
    body: {
      to: { kind: 'number', phone },
      mode,
      ...(mode === 'warm' && summary.trim() !== '' ? { summary: summary.trim() } : {}),
    },
  });

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A conversation in the vendor's form, as its webhook and its REST tell it. */
export function vendorRecord(
  conversationId: string,
  { callId, startedAt, more = {} }: { callId?: string; startedAt?: Date; more?: Record<string, unknown> } = {},
): Record<string, unknown> {
  return {
    agent_id: 'agent_7101',
    conversation_id: conversationId,
    status: 'done',
    transcript: [
      { role: 'agent', message: 'Good morning, this is Nova.', time_in_call_secs: 0, interrupted: false },
      { role: 'user', message: 'I need an appointment.', time_in_call_secs: 3 },
      { role: 'agent', message: null, time_in_call_secs: 4, tool_calls: [{ tool_name: 'book' }] },
      { role: 'agent', message: 'At ten thirty, then.', time_in_call_secs: 6 },
    ],
    metadata: {
      start_time_unix_secs: Math.floor((startedAt?.getTime() ?? Date.now()) / 1_000),
      call_duration_secs: 30,
      cost: 310,
      cost_fiat: 0.041,
      main_language: 'en',
    },
    analysis: {
      call_successful: 'success',
      transcript_summary: 'An appointment was made.',
      call_summary_title: 'Appointment',
      evaluation_criteria_results: { 'a.b$c': { result: 'success', rationale: 'They said so.' } },
      data_collection_results: { slot: { value: '10:30', rationale: 'Stated.' }, parts: { value: { $when: 1 } } },
    },
    conversation_initiation_client_data: { dynamic_variables: callId ? { parley_call_id: callId } : {} },
    ...more,
  };
}

export interface VendorRest {
  readonly url: string;
  readonly records: Map<string, Record<string, unknown>>;
  /** Answers everything with this status, if set. */
  status: number | null;
  asked: number;
}

/** The part of the vendor's REST that is asked after a call. */
export async function startVendorRest(t: { teardown(fn: () => unknown): void }): Promise<VendorRest> {
  const records = new Map<string, Record<string, unknown>>();
  const server = createServer((request, response) => {
    rest.asked += 1;
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (rest.status !== null) return answer(rest.status, { detail: 'away' });
    const { pathname, searchParams } = new URL(request.url!, 'http://vendor');
    const id = pathname.split('/')[4];
    if (id !== undefined) return records.has(id) ? answer(200, records.get(id)) : answer(404, { detail: 'not found' });
    const callId = searchParams.get('dynamic_variable_params')?.split(':')[2];
    const found = [...records].filter(([, record]) => JSON.stringify(record).includes(`"parley_call_id":"${callId}"`));
    return answer(200, { conversations: found.map(([conversation_id]) => ({ conversation_id })), has_more: false });
  });
  const rest: VendorRest = { url: '', records, status: null, asked: 0 };
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    return new Promise(resolve => server.close(resolve));
  });
  return Object.assign(rest, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

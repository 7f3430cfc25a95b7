import type { FastifyInstance } from 'fastify';
import type { AgentCore } from './agent-core.ts';
import { notFound } from './agent-errors.ts';
import { findAgent } from './agents.routes.ts';
import {
  type ConversationRecord,
  conversationDocument,
  conversationSummary,
  durationSecs,
} from './conversation-record.ts';
import { createQueryReader, page } from './query-reader.ts';

const statuses = ['initiated', 'in-progress', 'processing', 'done', 'failed'] as const;

/** Signed URLs, and what is known of conversations. */
export function registerConversationRoutes(app: FastifyInstance, core: AgentCore, wsBase: () => string): void {
  const find = (id: string): ConversationRecord => {
    const record = core.book.get(id);
    if (!record) {
      throw notFound('conversation_history_not_found', `Conversation with id ${id.slice(0, 80)} was not found.`);
    }
    return record;
  };

  for (const name of ['get-signed-url', 'get_signed_url']) {
    app.get(`/v1/convai/conversation/${name}`, async request => {
      const query = createQueryReader(request.url, core.ledger);
      const { document } = findAgent(core, query.required('agent_id'));
      const reserve = query.flag('include_conversation_id');
      const environment = query.text('environment');
      query.text('branch_id');
      query.text('version_id');
      query.flag('debug_events_request');
      query.done();
      const signature = core.signedUrls.sign({
        agentId: document.agent_id,
        ...(reserve ? { conversationId: core.newId('conv') } : {}),
        ...(environment ? { environment } : {}),
      });
      const url = new URL(`${wsBase()}/v1/convai/conversation`);
      url.searchParams.set('agent_id', document.agent_id);
      url.searchParams.set('conversation_signature', signature);
      return { signed_url: url.href };
    });
  }

  app.get('/v1/convai/conversations', async request => {
    const query = createQueryReader(request.url, core.ledger);
    const size = query.whole('page_size', 1, 100) ?? 30;
    const cursor = query.text('cursor');
    const withSummary = query.choice('summary_mode', ['exclude', 'include']) === 'include';
    const direction = query.choice('sort_direction', ['asc', 'desc']);
    const fits = conversationFilter(core, query);
    query.done();
    const found = core.book.newestFirst().filter(fits);
    if (direction === 'asc') found.reverse();
    const { items, ...rest } = page(found, size, cursor);
    return { conversations: items.map(each => conversationSummary(each, core.clock.now(), withSummary)), ...rest };
  });

  app.get<{ Params: { id: string } }>('/v1/convai/conversations/:id', async request => {
    const query = createQueryReader(request.url, core.ledger);
    query.choice('format', ['json']);
    query.done();
    return conversationDocument(find(request.params.id), core.clock.now());
  });

  /** The twin keeps no recording, which `has_audio: false` says; the vendor answers so until one exists. */
  app.get<{ Params: { id: string } }>('/v1/convai/conversations/:id/audio', async request => {
    find(request.params.id);
    throw notFound('conversation_audio_not_found', 'This conversation has no recording.');
  });

  app.delete<{ Params: { id: string } }>('/v1/convai/conversations/:id', async request => {
    core.book.delete(find(request.params.id).id);
    return {};
  });

  app.get('/v1/convai/analytics/live-count', async request => {
    const query = createQueryReader(request.url, core.ledger);
    const agentId = query.text('agent_id');
    query.done();
    return { count: core.admission.running(agentId) };
  });
}

type Reader = ReturnType<typeof createQueryReader>;

/** All filters of the list that make sense for conversations of a twin; each missing one lets everything pass. */
function conversationFilter(core: AgentCore, query: Reader): (record: ConversationRecord) => boolean {
  const agentId = query.text('agent_id');
  const userId = query.text('user_id');
  const after = query.whole('call_start_after_unix', 0, Number.MAX_SAFE_INTEGER);
  const before = query.whole('call_start_before_unix', 0, Number.MAX_SAFE_INTEGER);
  const shortest = query.whole('call_duration_min_secs', 0, Number.MAX_SAFE_INTEGER);
  const longest = query.whole('call_duration_max_secs', 0, Number.MAX_SAFE_INTEGER);
  const success = query.choice('call_successful', ['success', 'failure', 'unknown', 'error']);
  const search = query.text('search')?.toLowerCase();
  const excluded = query.list('exclude_statuses').filter(each => statuses.includes(each as never));
  const reasons = query.list('termination_reasons');
  const tools = query.list('tool_names');
  const variables = query.list('dynamic_variable_params').map(each => each.split(':'));
  return record => {
    const length = durationSecs(record, core.clock.now());
    const started = record.startedAt / 1_000;
    return (
      (!agentId || record.agent.agent_id === agentId) &&
      (!userId || record.initiation?.user_id === userId) &&
      (after === undefined || started >= after) &&
      (before === undefined || started <= before) &&
      (shortest === undefined || length >= shortest) &&
      (longest === undefined || length <= longest) &&
      (!success || conversationSummary(record, core.clock.now(), false).call_successful === success) &&
      (!search || record.turns.some(turn => turn.message?.toLowerCase().includes(search))) &&
      !excluded.includes(record.status) &&
      (!reasons.length || reasons.includes(record.terminationReason)) &&
      (!tools.length || record.turns.some(turn => turn.tools?.some(tool => tools.includes(tool.name)))) &&
      variables.every(([name = '', operator, ...value]) => {
        const same = String(record.variables[name]) === value.join(':');
        return operator === 'neq' ? !same : operator === 'eq' && same;
      })
    );
  };
}

import type { FastifyInstance } from 'fastify';
import type { AgentCore } from './agent-core.ts';
import { isPlain } from './agent-document.ts';
import { notFound, unprocessable } from './agent-errors.ts';
import { findAgent } from './agents.routes.ts';
import {
  audioFlags,
  type ConversationRecord,
  conversationDigest,
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

  /** The vendor answers 404 until the recording exists, which `has_audio` tells. */
  app.get<{ Params: { id: string } }>('/v1/convai/conversations/:id/audio', async (request, reply) => {
    const record = find(request.params.id);
    if (!audioFlags(record).has_audio) {
      throw notFound('conversation_audio_not_found', 'This conversation has no recording, or none yet.');
    }
    return reply.type('audio/mpeg').send(await record.recording!.mp3());
  });

  app.get<{ Params: { id: string } }>('/v1/convai/conversations/:id/summary', async request => {
    const query = createQueryReader(request.url, core.ledger);
    const most = query.whole('max_messages', 1, 200) ?? 40;
    query.done();
    return conversationDigest(find(request.params.id), core.clock.now(), most);
  });

  app.post<{ Params: { id: string }; Body: unknown }>('/v1/convai/conversations/:id/feedback', async request => {
    const record = find(request.params.id);
    const { feedback } = isPlain(request.body) ? request.body : {};
    if (feedback !== 'like' && feedback !== 'dislike' && feedback !== null && feedback !== undefined) {
      throw unprocessable(['body', 'feedback'], "Input should be 'like' or 'dislike'", 'enum');
    }
    record.rating = feedback ?? null;
    return {};
  });

  app.post<{ Params: { id: string } }>('/v1/convai/conversations/:id/analysis/run', async request => {
    const record = find(request.params.id);
    if (record.status !== 'done') {
      throw unprocessable(['path', 'conversation_id'], 'The conversation is not done', 'value_error');
    }
    return conversationDocument(record, core.clock.now()); // with nothing changed, the same comes out again
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

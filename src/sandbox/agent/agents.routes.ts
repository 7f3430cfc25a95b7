import type { FastifyInstance } from 'fastify';
import type { AgentCore, HostedAgent } from './agent-core.ts';
import { type AgentDocument, isPlain, mergeDocument } from './agent-document.ts';
import { notFound, unprocessable } from './agent-errors.ts';
import { audioFormats } from './audio-format.ts';
import { createQueryReader, page } from './query-reader.ts';

export function findAgent(core: AgentCore, id: string): HostedAgent {
  const found = core.agents.get(id);
  if (!found) throw notFound('agent_not_found', `Document with id ${id.slice(0, 80)} not found`);
  return found;
}

/** Changes a part of an agent's configuration, as the dashboard and PATCH do. Throws when a value cannot be. */
export function configureAgent(hosted: HostedAgent, patch: Record<string, unknown>, nowMs: number): AgentDocument {
  const changed = mergeDocument(hosted.document, patch);
  const { tts, asr, conversation } = changed.conversation_config;
  for (const [path, format] of [
    [['tts', 'agent_output_audio_format'], tts.agent_output_audio_format],
    [['asr', 'user_input_audio_format'], asr.user_input_audio_format],
  ] as const) {
    if (audioFormats.includes(format)) continue;
    throw unprocessable(['body', 'conversation_config', ...path], `Input should be ${audioFormats.join(', ')}`, 'enum');
  }
  if (!Array.isArray(conversation.client_events) || !isPlain(changed.platform_settings)) {
    throw unprocessable(['body', 'conversation_config'], 'Input should be a valid list', 'list_type');
  }
  changed.agent_id = hosted.document.agent_id;
  changed.metadata = { ...changed.metadata, updated_at_unix_secs: Math.floor(nowMs / 1_000) };
  hosted.document = changed;
  return changed;
}

/** The agents of the workspace. */
export function registerAgentRoutes(app: FastifyInstance, core: AgentCore): void {
  app.get('/v1/convai/agents', async request => {
    const query = createQueryReader(request.url, core.ledger);
    const size = query.whole('page_size', 1, 100) ?? 30;
    const cursor = query.text('cursor');
    const search = query.text('search')?.toLowerCase();
    const archived = query.flag('archived');
    const owner = query.text('created_by_user_id');
    query.flag('show_only_owned_agents'); // the one user of the sandbox owns them all
    const direction = query.choice('sort_direction', ['asc', 'desc']);
    const by = query.choice('sort_by', ['name', 'created_at', 'call_count_7d', 'last_called_at']);
    query.done();
    let found = archived || owner ? [] : [...core.agents.values()].map(each => each.document);
    if (search) found = found.filter(each => each.name.toLowerCase().includes(search));
    if (by === 'name') found.sort((a, b) => a.name.localeCompare(b.name));
    if (direction === 'desc' && by) found.reverse();
    const { items, ...rest } = page(found, size, cursor);
    return { agents: items.map(each => summary(core, each)), ...rest };
  });

  app.get<{ Params: { id: string } }>('/v1/convai/agents/:id', async request => {
    const query = createQueryReader(request.url, core.ledger);
    query.text('version_id');
    query.text('branch_id');
    query.done();
    return findAgent(core, request.params.id).document;
  });

  app.patch<{ Params: { id: string }; Body: unknown }>('/v1/convai/agents/:id', async request => {
    const hosted = findAgent(core, request.params.id);
    if (!isPlain(request.body)) throw unprocessable(['body'], 'Input should be a valid dictionary', 'dict_type');
    const unknown = Object.keys(request.body).filter(key => !patchable.has(key));
    if (unknown.length) core.ledger.violation('rest-unknown-parameter', `PATCH agent: ${unknown.join(', ')}`);
    return configureAgent(hosted, request.body, core.clock.now());
  });
}

const patchable = new Set([
  'conversation_config',
  'platform_settings',
  'workflow',
  'name',
  'tags',
  'version_description',
]);

function summary(core: AgentCore, agent: AgentDocument) {
  const last = core.book.newestFirst().find(each => each.agent.agent_id === agent.agent_id);
  return {
    agent_id: agent.agent_id,
    name: agent.name,
    tags: agent.tags,
    created_at_unix_secs: agent.metadata.created_at_unix_secs,
    access_info: agent.access_info,
    last_call_time_unix_secs: last ? Math.floor(last.startedAt / 1_000) : null,
    archived: false,
    voice_id: agent.conversation_config.tts.voice_id,
  };
}

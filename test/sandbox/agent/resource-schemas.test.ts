import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { test } from 'tap';
import { startReceiver, startTestAgent } from '../../helpers/agent-twin.ts';
import { testClips } from '../../helpers/carrier.ts';
import type { AnyJson } from '../../helpers/trivial-product.ts';

const file = new URL('../../fixtures/elevenlabs/schemas.json', import.meta.url);
const schemas = JSON.parse(readFileSync(file, 'utf8')) as AnyJson;
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(schemas, 'elevenlabs');

const words = (text: string) => text.trim().split(/\s+/);

/** The published schemas require little and forbid nothing, so every field is named here. */
const fields = {
  conversation:
    words(`agent_id agent_name conversation_product status user_id branch_id version_id environment conversation_id has_audio
    has_user_audio has_response_audio has_auxiliary_audio tag_ids visited_agents transcript metadata analysis
    conversation_initiation_client_data`),
  metadata:
    words(`start_time_unix_secs accepted_time_unix_secs call_duration_secs queue_wait_secs cost cost_fiat termination_reason error
    warnings main_language text_only authorization_method conversation_initiation_source conversation_initiation_source_version phone_call
    batch_call charging feedback deletion_settings features_usage timezone`),
  charging: words(`dev_discount is_burst tier llm_usage llm_price llm_charge call_charge free_minutes_consumed
    free_llm_dollars_consumed`),
  analysis: words(`call_successful call_success_score transcript_summary call_summary_title evaluation_criteria_results
    data_collection_results evaluation_criteria_results_list data_collection_results_list`),
  initiation: words('conversation_config_override custom_llm_extra_body user_id dynamic_variables'),
  turn: words(`role message time_in_call_secs interrupted original_message source_medium feedback llm_override
    conversation_turn_metrics rag_retrieval_info llm_usage tool_calls tool_results`),
  toolCall: words('type request_id tool_name params_as_json tool_has_been_called tool_details'),
  toolResult:
    words(`type request_id tool_name result_value is_error is_blocked tool_has_been_called tool_latency_secs error_type
    raw_error_message dynamic_variable_updates`),
  summary:
    words(`agent_id agent_name branch_id version_id conversation_id start_time_unix_secs call_duration_secs message_count status
    termination_reason call_successful call_success_score transcript_summary call_summary_title main_language
    conversation_initiation_source tool_names direction rating sentiment_analysis tag_ids`),
  digest:
    words(`conversation_id agent_id status message_count call_successful call_summary_title transcript_summary messages
    messages_omitted note`),
  agentSummary: words('agent_id name tags created_at_unix_secs access_info last_call_time_unix_secs archived voice_id'),
  agent: words('agent_id name conversation_config platform_settings metadata phone_numbers access_info tags'),
  config: words('asr turn tts conversation language_presets agent'),
  page: ['has_more', 'next_cursor'],
};

/** What is wrong with an answer, by the published schema and by the fields that it has to have. */
const problemOf = (value: unknown, schema: string): string | undefined => {
  const validate = ajv.getSchema(`elevenlabs#/components/schemas/${schema}`)!;
  return validate(value) ? undefined : ajv.errorsText(validate.errors).slice(0, 600);
};

test('answers fit the schemas that are published, with nothing missing and nothing added', async t => {
  const product = await startReceiver(t, () => [200]);
  const twin = await startTestAgent(t, { webhookUrl: product.url, webhookSecret: 'wsec_test' });
  const fits = (value: unknown, schema: string, what: string) => t.equal(problemOf(value, schema), undefined, what);
  const has = (value: object, names: readonly string[], what: string) =>
    t.same(Object.keys(value).sort(), [...names].sort(), what);
  const get = async (path: string) => (await twin.get(`/v1/convai/${path}`)).body;

  fits(
    await get(`conversation/get-signed-url?agent_id=${twin.agentId}`),
    'ConversationSignedUrlResponseModel',
    'an URL',
  );
  const agents = await get('agents?page_size=1');
  fits(agents, 'GetAgentsPageResponseModel', 'agents');
  has(agents, ['agents', ...fields.page], 'a page of agents');
  has(agents['agents'][0], fields.agentSummary, 'an agent in a list');
  const agent = await get(`agents/${twin.agentId}`);
  has(agent, fields.agent, 'an agent');
  has(agent['conversation_config'], fields.config, 'its configuration');

  const look = async (id: string, what: string) => {
    const conversation = await get(`conversations/${id}`);
    fits(conversation, 'GetConversationResponseModel', `a conversation ${what}`);
    has(conversation, fields.conversation, `a conversation ${what}`);
    has(conversation['metadata'], fields.metadata, 'its metadata');
    has(conversation['metadata'].charging, fields.charging, 'what it cost');
    has(conversation['conversation_initiation_client_data'], fields.initiation, 'how it was begun');
    for (const turn of conversation['transcript']) {
      has(turn, fields.turn, 'a turn');
      for (const call of turn.tool_calls) has(call, fields.toolCall, 'a tool that was called');
      for (const { result: _system, ...result } of turn.tool_results) has(result, fields.toolResult, 'its result');
    }
    const page = await get('conversations?summary_mode=include');
    fits(page, 'GetConversationsPageResponseModel', `conversations ${what}`);
    has(page, ['conversations', ...fields.page], 'a page of conversations');
    has(page['conversations'][0], fields.summary, 'a conversation in a list');
    const digest = await get(`conversations/${id}/summary`);
    fits(digest, 'GetConversationSummaryResponseModel', `its summary ${what}`);
    has(digest, fields.digest, 'its summary');
    return conversation;
  };

  const talk = await twin.talk({ initiation: { user_id: 'contact-7', dynamic_variables: { vip: true } } });
  const id = (await talk.next('conversation_initiation_metadata'))['conversation_initiation_metadata_event']
    .conversation_id;
  await talk.next('agent_response');
  await look(id, 'that is going on');
  fits(await get('analytics/live-count'), 'GetLiveCountResponse', 'the live count');
  t.same(await get('analytics/live-count'), { count: 1 });
  talk.say(testClips.get('yes please')!);
  const { tool_call_id } = (await talk.next('client_tool_call'))['client_tool_call'];
  talk.send({ type: 'client_tool_result', tool_call_id, result: '{"slot":"10:30"}', is_error: false });
  await talk.next('agent_response');
  talk.send({ type: 'user_message', text: 'goodbye' });
  t.match(await talk.closed, { code: 1000 }, 'the agent ends it with its own tool');
  await twin.control.idle();
  const done = await look(id, 'that is done');
  has(done['analysis'], fields.analysis, 'its analysis');
  t.same(
    done['transcript'].flatMap((turn: AnyJson) => turn['tool_results'].map((each: AnyJson) => each['type'])),
    ['client', 'system'],
  );
  await product.count(1);
  const report = JSON.parse(product.posts[0]!.body) as AnyJson;
  has(report, ['type', 'event_timestamp', 'data'], 'a report');
  t.same(report['data'], done, 'the report of a conversation is the answer that REST gives');

  t.same((await twin.get(`/v1/convai/conversations/${id}/feedback`, post({ feedback: 'like' }))).body, {});
  fits(await get(`conversations/${id}`), 'GetConversationResponseModel', 'with feedback');
  t.match((await get(`conversations/${id}`))['metadata'].feedback, { overall_score: 'like' });
  t.equal((await twin.get(`/v1/convai/conversations/${id}/feedback`, post({ feedback: 'meh' }))).status, 422);
  fits(
    (await twin.get(`/v1/convai/conversations/${id}/analysis/run`, post({}))).body,
    'GetConversationResponseModel',
    'again',
  );
  t.match(await get(`conversations/${id}/summary?max_messages=1`), { messages: null, messages_omitted: true });

  const refused = await twin.talk({ agentId: twin.agentId, initiation: { dynamic_variables: {} } });
  await refused.next('agent_response');
  refused.socket.terminate();
  await twin.control.idle();
  const [lost] = twin.control.conversations();
  await look(lost!.id, 'whose socket was lost');
});

test('the check would see a field that is missing, of the wrong type, or not one of the list', t => {
  t.match(problemOf({ signed_url: 7 }, 'ConversationSignedUrlResponseModel'), /signed_url must be string/);
  t.match(problemOf({ agents: [] }, 'GetAgentsPageResponseModel'), /has_more/);
  t.match(problemOf({ count: 'one' }, 'GetLiveCountResponse'), /count must be integer/);
  const turn = { role: 'caller', message: '', time_in_call_secs: 0 };
  const conversation = { agent_id: 'a', conversation_id: 'c', status: 'over', transcript: [turn], metadata: {} };
  const problem = problemOf(conversation, 'GetConversationResponseModel');
  for (const part of [/status/, /role/, /start_time_unix_secs/, /has_audio/]) t.match(problem, part);
  t.end();
});

const post = (body: object) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

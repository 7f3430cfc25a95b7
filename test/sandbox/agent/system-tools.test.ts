import { type Test, test } from 'tap';
import { parseScenario } from '../../../src/sandbox/scenarios/scenario.ts';
import { startTestAgent, type TestTalk } from '../../helpers/agent-twin.ts';
import { testClips } from '../../helpers/carrier.ts';

const head = `
name: system tools
agents:
  - id: booker
    name: Booker
    voice: agent
    firstMessage: "agent: good morning"
    otherwise: "agent: shall I book it"
    farewell: "agent: thank you"
people:
`;
const scenario = `${head}
  - id: machine
    name: A machine
    answer: voicemail
    announcement: you have reached a machine, leave a message
    agent: booker
    script:
      - agent: "agent: thank you"
        tools: [{ name: voicemail_detection, parameters: { reason: an announcement } }]
  - id: thinker
    name: Somebody who thinks aloud
    answer: human
    agent: booker
    script:
      - says: stop for a moment
      - agent: ""
        tools: [{ name: skip_turn, parameters: { reason: asked to wait } }]
      - says: yes please
      - agent: "agent: shall I book it"
        tools: [{ name: language_detection, parameters: { language: de } }]
      - says: goodbye
      - agent: "agent: good morning"
        tools: [{ name: transfer_to_number, parameters: { transfer_number: "+12125550144" }, onError: "agent: thank you" }]
  - id: unlucky
    name: Una Lucky
    number: "+12125550177"
    answer: human
    agent: booker
    agentFaults:
      - { kind: die-mid-sentence }
      - { kind: webhook-lost }
`;

const start = (t: Test) => startTestAgent(t, { scenario });
const said = (talk: TestTalk, text: string) => talk.say(testClips.get(text)!);
const toolOf = async (talk: TestTalk) => (await talk.next('agent_tool_response'))['agent_tool_response'];

test('a machine is recognised by what it says, gets its message, and the conversation ends', async t => {
  const twin = await start(t);
  const talk = await twin.talk();
  await talk.next('agent_response');
  said(talk, 'you have reached a machine, leave a message');
  t.match(await toolOf(talk), { tool_name: 'voicemail_detection', tool_type: 'system', status: 'success' });
  t.match(await talk.next('agent_response'), { agent_response_event: { agent_response: 'agent: thank you' } });
  t.match(await talk.closed, { code: 1000 });
  await twin.control.idle();
  const [one] = twin.control.conversations();
  t.equal(one!.terminationReason, 'voicemail_detection tool was called.');
  const { transcript } = (await twin.get(`/v1/convai/conversations/${one!.id}`)).body;
  t.match(transcript.at(-1), {
    message: 'agent: thank you',
    tool_calls: [{ type: 'system', tool_name: 'voicemail_detection', tool_details: null }],
    tool_results: [{ result: { result_type: 'voicemail_detection_success', reason: 'an announcement' } }],
  });
});

test('a turn is skipped, the language changes, and what needs a line of the vendor fails', async t => {
  const twin = await start(t);
  const talk = await twin.talk();
  const id = (await talk.next('conversation_initiation_metadata'))['conversation_initiation_metadata_event']
    .conversation_id;
  await talk.next('agent_response');
  said(talk, 'stop for a moment');
  t.match(await toolOf(talk), { tool_name: 'skip_turn', is_error: false });
  said(talk, 'yes please');
  t.match(await toolOf(talk), { tool_name: 'language_detection', is_error: false });
  t.match(
    await talk.next('agent_response'),
    { agent_response_event: { agent_response: 'agent: shall I book it' } },
    'nothing was said in the turn that was skipped',
  );
  said(talk, 'goodbye');
  t.match(await toolOf(talk), { tool_name: 'transfer_to_number', is_error: true, status: 'error' });
  t.match(await talk.next('agent_response'), { agent_response_event: { agent_response: 'agent: thank you' } });
  talk.socket.close(1000);
  await twin.control.idle();
  const { transcript, metadata } = (await twin.get(`/v1/convai/conversations/${id}`)).body;
  t.equal(metadata.main_language, 'de');
  t.match(
    transcript.filter((turn: { tool_calls: object[] }) => turn.tool_calls.length),
    [
      { message: null, tool_calls: [{ tool_name: 'skip_turn', params_as_json: '{"reason":"asked to wait"}' }] },
      { tool_results: [{ result: { language: 'de' } }] },
      { tool_results: [{ is_error: true, result: { result_type: 'transfer_to_number_error', error: /native/ } }] },
    ],
  );
});

test('a tool that was switched off at the agent is not used', async t => {
  const twin = await start(t);
  const { body } = await twin.get(`/v1/convai/agents/${twin.agentId}`);
  const tools = body['conversation_config'].agent.prompt.built_in_tools;
  t.match(tools.voicemail_detection, { type: 'system', params: { system_tool_type: 'voicemail_detection' } });
  t.equal(tools.play_keypad_touch_tone, null, 'no script uses it');
  twin.control.configure(twin.agentId, {
    conversation_config: { agent: { prompt: { built_in_tools: { voicemail_detection: null } } } },
  });
  const talk = await twin.talk();
  await talk.next('agent_response');
  said(talk, 'you have reached a machine, leave a message');
  t.match(await talk.next('agent_response'), { agent_response_event: { agent_response: 'agent: thank you' } });
  talk.send({ type: 'user_activity' });
  t.equal(talk.socket.readyState, talk.socket.OPEN, 'a model that cannot detect machines talks to them');
  t.notOk(talk.messages.some(message => message['type'] === 'agent_tool_response'));
});

test('what a person has in store for the agent strikes in the conversation that names them', async t => {
  const twin = await start(t);
  const other = await twin.talk({ initiation: { dynamic_variables: { phone_number: '+12125550178' } } });
  await other.next('agent_response');
  const unlucky = await twin.talk({ initiation: { dynamic_variables: { phone_number: '+12125550177' } } });
  t.match(await unlucky.closed, { code: 1006 }, 'in the middle of a sentence');
  t.equal(other.socket.readyState, other.socket.OPEN);
  t.same(twin.control.faults(), [], 'nobody had to push a fault');

  const withFaults = (faults: string) =>
    `${head}  - id: a\n    name: A\n    answer: human\n    agent: booker\n    agentFaults: ${faults}`;
  t.throws(() => parseScenario(withFaults('[{ kind: stall }]'), testClips), /stall needs afterMs and forMs/);
  t.throws(() => parseScenario(withFaults('[{ kind: rest-status }]'), testClips), /before anybody knows who calls/);
  t.throws(
    () =>
      parseScenario(
        `${head}  - id: a\n    name: A\n    answer: human\n    agent: booker\n    script: [{ agent: "" }]`,
        testClips,
      ),
    /only a turn with the tool skip_turn may say nothing/,
  );
});

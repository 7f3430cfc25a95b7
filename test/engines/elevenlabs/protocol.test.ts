import { randomBytes, randomInt } from 'node:crypto';
import { test } from 'tap';
import {
  audioFormatOf,
  audioMessage,
  dtmfMessage,
  initiationMessage,
  readServerMessage,
} from '../../../src/engines/elevenlabs/elevenlabs-protocol.ts';

const read = (text: string | Buffer) => readServerMessage(Buffer.from(text));
const message = (value: unknown) => read(JSON.stringify(value));
const audioText = (value: ReturnType<typeof read>) => (value.kind === 'audio' ? String(value.base64) : value.kind);

test('every message a call needs is read, with what is missing tolerated', t => {
  const rows: [given: object, expected: object][] = [
    [
      {
        type: 'conversation_initiation_metadata',
        conversation_initiation_metadata_event: { conversation_id: 'conv_1', agent_output_audio_format: 'ulaw_8000' },
      },
      { kind: 'metadata', conversationId: 'conv_1', output: 'ulaw_8000', input: 'pcm_16000' },
    ],
    [
      { type: 'ping', ping_event: { event_id: 17 } },
      { kind: 'ping', eventId: 17, latencyMs: null },
    ],
    [
      { type: 'ping', ping_event: { event_id: 17, ping_ms: 42 } },
      { kind: 'ping', eventId: 17, latencyMs: 42 },
    ],
    [
      { type: 'ping', ping_event: { event_id: '17' } },
      { kind: 'unreadable', why: 'field' },
    ],
    [
      { type: 'interruption', interruption_event: { event_id: 8 } },
      { kind: 'interruption', eventId: 8 },
    ],
    [{ type: 'interruption' }, { kind: 'interruption', eventId: null }],
    [
      { type: 'user_transcript', user_transcription_event: { user_transcript: 'Yes.', event_id: 9 } },
      { kind: 'caller-said', text: 'Yes.', eventId: 9, final: true },
    ],
    [
      { type: 'tentative_user_transcript', tentative_user_transcription_event: { user_transcript: 'Y', event_id: 9 } },
      { kind: 'caller-said', text: 'Y', eventId: 9, final: false },
    ],
    [
      { type: 'agent_response', agent_response_event: { agent_response: 3 } },
      { kind: 'unreadable', why: 'field' },
    ],
    [
      {
        type: 'agent_response_correction',
        agent_response_correction_event: { corrected_agent_response: 'Gre', event_id: 4 },
      },
      { kind: 'correction', original: '', corrected: 'Gre', eventId: 4 },
    ],
    [
      { type: 'client_tool_call', client_tool_call: { tool_name: 'book', tool_call_id: 'c', parameters: { a: 1 } } },
      { kind: 'tool-call', id: 'c', name: 'book', arguments: { a: 1 }, expectsResult: true },
    ],
    [
      {
        type: 'client_tool_call',
        client_tool_call: { tool_name: 'book', tool_call_id: 'c', parameters: [1], expects_response: false },
      },
      { kind: 'tool-call', arguments: null, expectsResult: false },
    ],
    [
      { type: 'queue_status', queue_status_event: { status: 'waiting' } },
      { kind: 'queue', status: 'waiting' },
    ],
    [
      { type: 'error', message: 'flat' },
      { kind: 'error', message: 'flat', errorType: null },
    ],
    [
      { type: 'error', error_event: { code: 1002, message: 'm', error_type: 'llm_timeout' } },
      { kind: 'error', code: 1002, errorType: 'llm_timeout' },
    ],
    [{ type: 'guardrail_triggered' }, { kind: 'guardrail', name: null }],
    [{ type: 'vad_score', vad_score_event: { vad_score: 0.9 } }, { kind: 'ignored' }],
    [{ type: 'a_type_of_next_year' }, { kind: 'unknown', type: 'a_type_of_next_year' }],
    [{ type: 'hasOwnProperty' }, { kind: 'unknown' }],
    [{ type: `${'<'.repeat(90)}x` }, { kind: 'unknown', type: 'x' }],
    [{ audio_event: {} }, { kind: 'unreadable', why: 'field' }],
    [[], { kind: 'unreadable', why: 'not-an-object' }],
  ];
  for (const [given, expected] of rows) t.match(message(given), expected, JSON.stringify(given));
  t.match(read('not JSON'), { kind: 'unreadable', why: 'not-json' });
  t.match(read(''), { kind: 'unreadable', why: 'not-json' });
  t.end();
});

test('audio is found whatever the order of keys, the blanks and the company', t => {
  const base64 = randomBytes(600).toString('base64');
  for (const text of [
    `{"type":"audio","audio_event":{"audio_base_64":"${base64}","event_id":5}}`,
    `{ "audio_event" : { "event_id" : 5 ,\n "audio_base_64" :\t"${base64}" } , "type" : "audio" }`,
    `{"audio_event":{"alignment":{"chars":["\\"","é","\\\\"]},"audio_base_64":"${base64}","event_id":5},"type":"audio"}`,
    `{"type":"audio","audio_event":{"audio_base_64":"${base64.replace('A', '\\u0041')}","event_id":5}}`,
  ]) {
    const found = read(text);
    t.match(found, { kind: 'audio', eventId: 5 });
    t.equal(audioText(found), base64);
  }
  t.match(message({ type: 'audio', audio_event: { audio_base_64: '' } }), { kind: 'audio', eventId: null });
  t.equal(audioText(message({ type: 'audio', audio_event: { audio_base_64: '-_-_' } })), '+/+/', 'the other alphabet');
  t.equal(audioText(message({ type: 'audio', audio_event: { audio_base_64: 'QUI' } })), 'QUI=', 'padding is added');
  t.end();
});

test('what is no audio is not taken for it, and nothing but base64 comes through', t => {
  for (const text of [
    '{"type":"audio"}',
    '{"type":"audio","audio_event":null}',
    '{"type":"audio","audio_event":{"audio_base_64":7}}',
    '{"type":"audio","audio_event":{"audio_base_64":"a\\"}}"}}',
    '{"type":"audio","audio_event":{"audio_base_64":"Ünïcödé="}}',
    '{"type":"audio","audio_event":{"audio_base_64":"AAAA","audio_base_64":0}}',
  ]) {
    t.match(read(text), { kind: 'unreadable', why: 'audio' }, text);
  }
  t.match(read('{"type":"audio","audio_event":{"audio_base_64":"AAAA'), { kind: 'unreadable', why: 'not-json' });
  t.match(read('{"type":"audio","audio_event":{"audio_base_64":"AA\nA"}}'), { kind: 'unreadable', why: 'not-json' });
  const inside = { type: 'user_transcript', user_transcription_event: { user_transcript: '"audio_base_64":"AAAA"' } };
  t.match(message(inside), { kind: 'caller-said', text: '"audio_base_64":"AAAA"' });
  t.match(message({ type: 'ping', audio_base_64: 'AAAA', ping_event: { event_id: 1 } }), { kind: 'ping' });
  t.match(read(`{"type":"user_transcript","x":"${'a'.repeat(1024 * 1024)}"}`), { kind: 'unreadable', why: 'too-long' });
  t.end();
});

test('any audio message gives what parsing all of it gives', t => {
  const pick = <T>(list: readonly T[]): T => list[randomInt(list.length)]!;
  const blank = () => pick(['', '', '', ' ', '\n', '\t ', '  ']);
  const shuffled = <T>(list: T[]): T[] =>
    list
      .map(each => [Math.random(), each] as const)
      .sort(([a], [b]) => a - b)
      .map(([, each]) => each);
  const word = () =>
    pick(['a', 'type', 'audio', 'audio_base_64', 'audio_event', 'event_id', '"', '\\', 'é\u2028', '{}']);
  const value = (depth: number): unknown => {
    const kind = randomInt(depth > 2 ? 5 : 7);
    if (kind === 0) return word();
    if (kind === 1) return randomInt(1000) - 500;
    if (kind === 2) return pick([true, false, null]);
    if (kind === 3) return randomBytes(randomInt(40)).toString('base64');
    if (kind === 4) return Math.random();
    if (kind === 5) return Array.from({ length: randomInt(3) }, () => value(depth + 1));
    return Object.fromEntries(Array.from({ length: randomInt(3) }, () => [word(), value(depth + 1)]));
  };
  const written = (each: unknown): string => {
    if (typeof each === 'string') {
      const plain = JSON.stringify(each);
      const at = randomInt(plain.length);
      const letter = plain[at]!;
      const escapable = /[A-Za-z0-9+/=]/.test(letter) && !/\\/.test(plain) && pick([true, false, false, false]);
      return escapable
        ? `${plain.slice(0, at)}\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}${plain.slice(at + 1)}`
        : plain;
    }
    if (Array.isArray(each)) return `[${blank()}${each.map(written).join(`${blank()},${blank()}`)}]`;
    if (typeof each !== 'object' || each === null) return JSON.stringify(each);
    const entries = each instanceof Pairs ? each.list : Object.entries(each);
    return `{${blank()}${entries
      .map(([name, inner]) => `${JSON.stringify(name)}${blank()}:${blank()}${written(inner)}`)
      .join(`${blank()},${blank()}`)}${blank()}}`;
  };
  /** An object that may name a key twice. */
  class Pairs {
    list: [string, unknown][];
    constructor(list: [string, unknown][]) {
      this.list = list;
    }
  }
  const some = (chance: number, entries: [string, unknown][]) => (Math.random() < chance ? entries : []);

  let played = 0;
  for (let round = 0; round < 20_000; round += 1) {
    const event = new Pairs(
      shuffled([
        ...some(0.95, [['audio_base_64', pick([randomBytes(randomInt(200)).toString('base64'), value(1)])]]),
        ...some(0.05, [['audio_base_64', randomBytes(9).toString('base64')]]),
        ...some(0.9, [['event_id', pick([randomInt(1000), value(1)])]]),
        ...some(0.3, [[word(), value(0)]]),
      ]),
    );
    let text = written(
      new Pairs(
        shuffled([
          ...some(0.95, [['type', pick(['audio', 'audio', 'audio', 'ping', value(1)])]]),
          ['audio_event', pick([event, event, event, event, value(0)])],
          ...some(0.3, [[word(), value(0)]]),
          ...some(0.05, [['audio_event', event]]),
        ]),
      ),
    );
    // Cut anywhere, a byte changed anywhere: hostile or broken, never mistaken.
    if (Math.random() < 0.1) text = text.slice(0, randomInt(text.length + 1));
    const bytes = Buffer.from(text);
    if (Math.random() < 0.1 && bytes.length) bytes[randomInt(bytes.length)] = randomInt(256);
    const found = readServerMessage(bytes);
    let whole: { type?: unknown; audio_event?: Record<string, unknown> } | undefined;
    try {
      whole = JSON.parse(bytes.toString());
    } catch {
      whole = undefined;
    }
    const given = whole?.type === 'audio' ? whole.audio_event?.['audio_base_64'] : undefined;
    const playable = typeof given === 'string' && /^[\w+/=\s-]*$/.test(given);
    if (found.kind !== 'audio') {
      if (playable) t.fail(`missed the audio of ${text}`);
      continue;
    }
    played += 1;
    const id = whole?.audio_event?.['event_id'];
    const same =
      playable &&
      Buffer.from(String(found.base64), 'base64').equals(Buffer.from(given, 'base64')) &&
      found.eventId === (Number.isSafeInteger(id) ? id : null) &&
      /^[A-Za-z0-9+/]*={0,2}$/.test(String(found.base64));
    if (!same) t.fail(`read ${JSON.stringify(found)} off ${text}`);
  }
  t.ok(played > 3_000, `${played} of 20,000 had audio`);
  t.end();
});

test('caller audio is spliced into its message, from bytes or text', t => {
  const base64 = randomBytes(160).toString('base64');
  const expected = JSON.stringify({ user_audio_chunk: base64 });
  t.equal(String(audioMessage(base64)), expected);
  t.equal(String(audioMessage(Buffer.from(`xx${base64}yy`).subarray(2, -2))), expected);
  t.end();
});

test('the initiation names only what is replaced, and none of the vendor’s own variables', t => {
  t.same(JSON.parse(initiationMessage({ variables: { name: 'Ada', system__x: 1 }, overrides: {}, userId: 'c-7' })), {
    type: 'conversation_initiation_client_data',
    dynamic_variables: { name: 'Ada' },
    user_id: 'c-7',
  });
  const overrides = { firstMessage: '', language: 'de', prompt: 'Be brief.', voiceId: 'voice_1' };
  t.same(JSON.parse(initiationMessage({ variables: {}, overrides, userId: 'u' })).conversation_config_override, {
    agent: { first_message: '', language: 'de', prompt: { prompt: 'Be brief.' } },
    tts: { voice_id: 'voice_1' },
  });
  t.same(JSON.parse(dtmfMessage('12#')), { type: 'user_message', text: '12#', source_medium: 'dtmf' });
  t.end();
});

test('audio formats: those of the list, and no other', t => {
  t.same(audioFormatOf('ulaw_8000'), { encoding: 'mulaw', sampleRate: 8000 });
  for (const rate of [8000, 16000, 22050, 24000, 44100, 48000]) {
    t.same(audioFormatOf(`pcm_${rate}`), { encoding: 'pcm16', sampleRate: rate });
  }
  for (const name of ['', 'pcm_11025', 'pcm_160000', 'mp3_44100', 'ulaw_16000'])
    t.equal(audioFormatOf(name), undefined);
  t.end();
});

/** What one TwiML element may carry. Names and attributes are case-sensitive, as Twilio's are. */
export interface ElementRule {
  attributes: Readonly<Record<string, AttributeRule>>;
  children: readonly string[];
  text: 'none' | 'optional' | 'required';
  /** What is wrong with the element as a whole, beyond its single attributes. */
  check?: (element: { attributes: Record<string, string>; text: string; children: { name: string }[] }) => string[];
}
export type AttributeRule = (value: string) => string | undefined;

const any: AttributeRule = () => undefined;
const oneOf =
  (...allowed: string[]): AttributeRule =>
  value =>
    allowed.includes(value) ? undefined : `must be one of ${allowed.join(', ')}`;
const method = oneOf('GET', 'POST');
const bool = oneOf('true', 'false');
const whole =
  (least: number, most: number): AttributeRule =>
  value =>
    /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `must be a whole number from ${least} to ${most}`;
const nonEmpty: AttributeRule = value => (value ? undefined : 'must not be empty');
const address: AttributeRule = value =>
  value === '' || /\s/.test(value) ? 'must be an absolute or relative URL' : undefined;
const absolute: AttributeRule = value =>
  URL.canParse(value) && /^https?:/i.test(value) ? undefined : 'must be an absolute http(s) URL';
const events =
  (...allowed: string[]): AttributeRule =>
  value =>
    value.split(' ').every(event => allowed.includes(event)) ? undefined : `may hold ${allowed.join(', ')}`;
const listen = oneOf('none', 'dtmf', 'speech', 'any', 'true', 'false');
const language: AttributeRule = value =>
  value === 'multi' || /^[a-zA-Z]{2,3}(-[A-Za-z0-9]+)*$/.test(value) ? undefined : 'must be a BCP 47 tag';

const needs =
  (...names: string[]) =>
  (element: { attributes: Record<string, string> }) =>
    names.filter(name => !(name in element.attributes)).map(name => `attribute ${name} is missing`);

const spoken = ['Say', 'Play', 'Pause'];
const verbs = ['Say', 'Play', 'Pause', 'Gather', 'Connect', 'Redirect', 'Enqueue', 'Dial', 'Hangup', 'Start', 'Stop'];

const stream: ElementRule = {
  attributes: {
    url: address,
    name: nonEmpty,
    track: oneOf('inbound_track', 'outbound_track', 'both_tracks'),
    statusCallback: absolute,
    statusCallbackMethod: method,
  },
  children: ['Parameter'],
  text: 'none',
};

/** The verbs and nouns this twin executes; the key is the element, with its parent where the same noun differs by it. */
export const twimlRules: Readonly<Record<string, ElementRule>> = {
  Response: { attributes: {}, children: verbs, text: 'none' },
  Say: { attributes: { voice: any, language, loop: whole(0, 1000) }, children: [], text: 'required' },
  Pause: { attributes: { length: whole(0, 3600) }, children: [], text: 'none' },
  Play: {
    attributes: { loop: whole(0, 1000), digits: value => (/^[0-9A-D#*wW]+$/.test(value) ? undefined : 'must be keys') },
    children: [],
    text: 'optional',
    check: ({ attributes, text }) => (text || attributes['digits'] ? [] : ['needs an address or the attribute digits']),
  },
  Gather: {
    attributes: {
      action: address,
      method,
      input: value => events('dtmf', 'speech')(value),
      timeout: whole(0, 600),
      numDigits: whole(1, 1000),
      finishOnKey: value => (/^[0-9#*]?$/.test(value) ? undefined : 'must be one key or empty'),
      actionOnEmptyResult: bool,
      speechTimeout: value => (value === 'auto' ? undefined : whole(1, 600)(value)),
      speechModel: any,
      language,
      hints: any,
      profanityFilter: bool,
      enhanced: bool,
      bargeIn: bool,
      partialResultCallback: absolute,
      partialResultCallbackMethod: method,
      maxSpeechTime: whole(1, 60),
    },
    children: spoken,
    text: 'none',
  },
  Connect: {
    attributes: { action: address, method },
    children: ['Stream', 'ConversationRelay'],
    text: 'none',
    check: ({ children }) =>
      children.length === 1
        ? []
        : [`needs exactly one noun inside, not ${children.length}: only one of them would run`],
  },
  Start: { attributes: {}, children: ['Recording', 'Stream'], text: 'none' },
  Stop: { attributes: {}, children: ['Stream'], text: 'none' },
  Recording: {
    attributes: {
      recordingStatusCallback: absolute,
      recordingStatusCallbackMethod: method,
      recordingStatusCallbackEvent: events('in-progress', 'completed', 'absent'),
      trim: oneOf('trim-silence', 'do-not-trim'),
      track: oneOf('inbound', 'outbound', 'both'),
      channels: oneOf('mono', 'dual'),
    },
    children: [],
    text: 'none',
  },
  'Connect/Stream': {
    ...stream,
    check: element => [
      ...needs('url')(element),
      ...((element.attributes['track'] ?? 'inbound_track') === 'inbound_track'
        ? []
        : ['track must be inbound_track on a bidirectional stream (31941)']),
    ],
  },
  'Start/Stream': { ...stream, check: needs('url') },
  'Stop/Stream': { ...stream, check: needs('name') },
  Parameter: {
    attributes: { name: nonEmpty, value: any },
    children: [],
    text: 'none',
    check: element => [
      ...needs('name', 'value')(element),
      ...((element.attributes['name'] ?? '').length + (element.attributes['value'] ?? '').length < 500
        ? []
        : ['name and value together must stay under 500 characters']),
    ],
  },
  ConversationRelay: {
    attributes: {
      url: address,
      welcomeGreeting: any,
      welcomeGreetingInterruptible: listen,
      language,
      ttsLanguage: language,
      transcriptionLanguage: language,
      ttsProvider: oneOf('Google', 'Amazon', 'ElevenLabs'),
      voice: nonEmpty,
      transcriptionProvider: oneOf('Google', 'Deepgram'),
      speechModel: nonEmpty,
      eotThreshold: value => (Number(value) >= 0.5 && Number(value) <= 0.9 ? undefined : 'must be from 0.5 to 0.9'),
      partialPrompts: bool,
      speechTimeout: value => (value === 'auto' ? undefined : whole(600, 5000)(value)),
      interruptible: listen,
      interruptSensitivity: oneOf('high', 'medium', 'low'),
      ignoreBackchannel: bool,
      reportInputDuringAgentSpeech: listen,
      preemptible: bool,
      dtmfDetection: bool,
      hints: any,
      deepgramSmartFormat: bool,
      elevenlabsTextNormalization: oneOf('on', 'auto', 'off'),
      profanityFilter: bool,
      events: events('speaker-events', 'tokens-played'),
      debug: events('debugging', 'speaker-events', 'tokens-played'),
      intelligenceService: nonEmpty,
      conversationConfiguration: nonEmpty,
      conversationId: nonEmpty,
    },
    children: ['Language', 'Parameter'],
    text: 'none',
    check: element => [
      ...needs('url')(element),
      ...(/^wss:/i.test(element.attributes['url'] ?? 'wss:') ? [] : ['url must begin with wss:']),
    ],
  },
  Language: {
    attributes: {
      code: language,
      ttsProvider: oneOf('Google', 'Amazon', 'ElevenLabs'),
      voice: nonEmpty,
      transcriptionProvider: oneOf('Google', 'Deepgram'),
      speechModel: nonEmpty,
    },
    children: [],
    text: 'none',
    check: needs('code'),
  },
  Redirect: { attributes: { method }, children: [], text: 'required' },
  Enqueue: {
    attributes: {
      action: address,
      method,
      waitUrl: address,
      waitUrlMethod: method,
      maxQueueSize: whole(1, 5000),
      workflowSid: nonEmpty,
    },
    children: ['Task'],
    text: 'optional',
    check: ({ attributes, text, children }) => [
      ...(attributes['workflowSid'] && !/^WW[0-9a-f]{32}$/i.test(attributes['workflowSid'])
        ? ['workflowSid is not WW and 32 hex digits (14220)']
        : []),
      ...(children.length && !attributes['workflowSid'] ? ['Task needs the attribute workflowSid'] : []),
      ...(text || attributes['workflowSid'] ? [] : ['needs a queue name or the attribute workflowSid']),
    ],
  },
  Task: {
    attributes: { priority: whole(0, 2_147_483_647), timeout: whole(1, 1_209_600) },
    children: [],
    text: 'required',
    check: ({ text }) => (isJsonObject(text) ? [] : ['the body is not a JSON object (14221)']),
  },
  Dial: {
    attributes: {
      action: address,
      method,
      timeout: whole(1, 600),
      timeLimit: whole(1, 86_400),
      callerId: nonEmpty,
      hangupOnStar: bool,
      answerOnBridge: bool,
      record: oneOf(
        'do-not-record',
        'record-from-answer',
        'record-from-ringing',
        'record-from-answer-dual',
        'record-from-ringing-dual',
        'true',
        'false',
      ),
      trim: oneOf('trim-silence', 'do-not-trim'),
      recordingStatusCallback: absolute,
      recordingStatusCallbackMethod: method,
      recordingStatusCallbackEvent: events('in-progress', 'completed', 'absent'),
      ringTone: any,
      sequential: bool,
    },
    children: ['Number', 'Sip', 'Client', 'Conference'],
    text: 'optional',
    check: ({ text, children }) => (text || children.length ? [] : ['needs a number to dial']),
  },
  Number: dialled({ sendDigits: any }),
  Sip: dialled({ username: any, password: any }),
  Client: dialled({}),
  Conference: {
    attributes: {
      startConferenceOnEnter: bool,
      endConferenceOnExit: bool,
      muted: bool,
      beep: oneOf('true', 'false', 'onEnter', 'onExit'),
      waitUrl: any,
      waitMethod: method,
      maxParticipants: whole(2, 250),
      statusCallback: absolute,
      statusCallbackMethod: method,
      statusCallbackEvent: events('start', 'end', 'join', 'leave', 'mute', 'hold', 'modify', 'speaker', 'announcement'),
      participantLabel: nonEmpty,
    },
    children: [],
    text: 'required',
  },
  Hangup: { attributes: {}, children: [], text: 'none' },
};

function dialled(extra: Record<string, AttributeRule>): ElementRule {
  const callbacks = { statusCallback: absolute, statusCallbackMethod: method };
  const statusCallbackEvent = events('initiated', 'ringing', 'answered', 'completed');
  return {
    attributes: { url: address, method, ...callbacks, statusCallbackEvent, ...extra },
    children: [],
    text: 'required',
  };
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

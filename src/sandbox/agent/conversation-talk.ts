import type { RecognisedStretch } from '../audio/fingerprint.ts';
import type { TwinTimer } from '../clock.ts';
import type { AgentLine } from '../scenarios/scenario.ts';
import type { AgentCore, HostedAgent } from './agent-core.ts';
import type { AgentFault } from './agent-faults.ts';
import { createMulawDecoder } from './audio-format.ts';
import { createCallerEar, type EarEvent, firstWords, wordsOf } from './caller-ear.ts';
import type { ConversationRecord, RecordedTurn } from './conversation-record.ts';
import { createDialogue, type Utterance } from './dialogue.ts';
import { murmur } from './murmur.ts';
import { sendNoise, sendStaleAudio } from './noise.ts';
import { type ServerMessage, tentativeTranscript, userTranscript, vadScore } from './server-messages.ts';
import type { SessionTerms } from './session-start.ts';
import { createSpeaker } from './speaker.ts';
import { isSystemTool } from './system-tools.ts';
import type { ToolRunner } from './tool-runner.ts';

export interface TalkActions {
  send(message: ServerMessage): void;
  /** Sends whatever the agent's client events say; text goes out as it is. */
  sendAnyway(message: ServerMessage | string): void;
  nextEventId(): number;
  /** Ends the conversation in good order. */
  hangUp(terminationReason: string): void;
  /** Cuts the socket without a word. */
  die(): void;
  changed(): void;
}

export interface Talk {
  /** Says the first message, if the agent has one. */
  open(): void;
  hear(audio: Buffer): void;
  /** Something typed or keyed, which counts as said. */
  read(text: string, medium: string): void;
  /** Background that the caller does not hear. A model asked for its first message again says it before its next answer. */
  told(context: string): void;
  /** Somebody is there, though nothing was said. */
  noteActivity(): void;
  close(): void;
  readonly stretches: readonly RecognisedStretch[];
  readonly person: string | undefined;
}

const thinkingMs = 250;
/** After what was said with them, the conversation is over. */
const endingTools = new Set(['end_call', 'voicemail_detection']);
const endOfTurnMs = { patient: 1_000, normal: 700, eager: 400 };

/** The agent's side of the talking: listens, decides, uses tools, speaks, and falls silent when it is interrupted. */
export function createTalk(
  core: AgentCore,
  hosted: HostedAgent,
  record: ConversationRecord,
  terms: SessionTerms,
  tools: ToolRunner,
  faults: readonly AgentFault[],
  actions: TalkActions,
): Talk {
  const { clock, scenario } = core;
  const { conversation_config: config } = hosted.document;
  const { agent } = hosted;
  const now = () => clock.now();
  const firstClip = scenario.clips.find(terms.firstMessage, agent.voice);
  const opening: AgentLine = {
    clip: terms.firstMessage ? (firstClip ?? murmur(terms.firstMessage)) : agent.firstClip,
    tools: [],
    endsCall: false,
  };
  const input = config.asr.user_input_audio_format;
  const decode = createMulawDecoder(input);
  const ear = createCallerEar(
    core.fingerprints(input),
    id => scenario.clips.get(id),
    endOfTurnMs[config.turn.turn_eagerness] ?? endOfTurnMs.normal,
  );
  const dialogue = createDialogue(scenario, agent, opening, {
    known: Object.values(terms.variables),
    givesUp: !faults.some(fault => fault.kind === 'endless'),
  });
  const speaker = createSpeaker(config.tts.agent_output_audio_format, { ...actions, now });
  const spoken = new Map<string, RecordedTurn>();
  const dieAt = faults.find(fault => fault.kind === 'die-mid-sentence');
  let answers = 0;
  let generation = 0;
  let busy = 0;
  let work: Promise<void> = Promise.resolve();
  let lastActivity = now();
  let silenceTimer: TwinTimer | undefined;
  let openingDue = false;
  let closed = false;

  const note = (turn: RecordedTurn) => {
    record.turns.push(turn);
    actions.changed();
    return turn;
  };

  const speak = (line: AgentLine, text: string, audio: Buffer, turn: RecordedTurn) => {
    answers += 1;
    if (answers === 1 && faults.some(fault => fault.kind === 'noise')) sendNoise(actions, config);
    const dies = dieAt && (dieAt.turn ?? 1) === answers;
    turn.message = text;
    const answer = speaker.say(text, terms.textOnly ? Buffer.alloc(0) : audio, dies ? 1 : undefined);
    spoken.set(answer.responseId, turn);
    if (!terms.textOnly) record.recording?.agent(audio, answer.startsAt);
    actions.changed();
    if (dies) return actions.die();
    if (line.endsCall) turn.tools = [...(turn.tools ?? []), tools.runSystem('end_call', {}, text)];
    const ending = turn.tools?.find(({ name, isError }) => !isError && endingTools.has(name));
    if (ending) actions.hangUp(`${ending.name} tool was called.`);
  };

  const isOn = (name: string) => !!hosted.document.conversation_config.agent.prompt.built_in_tools[name];

  const perform = async (line: AgentLine, born: number) => {
    await clock.wait(thinkingMs);
    let clip = line.clip;
    const turn: RecordedTurn = { role: 'agent', message: null, atMs: now(), tools: [] };
    for (const use of line.tools) {
      const tool = hosted.document.conversation_config.agent.prompt.tools.find(each => each.name === use.name);
      if (closed) return;
      const system = isSystemTool(use.name) && isOn(use.name) ? use.name : undefined;
      if (!tool && !system) continue; // taken off the agent: the model does not know of it
      const outcome = system ? tools.runSystem(system, use, clip.text) : await tools.run(use, tool!);
      turn.tools!.push(outcome);
      if (system === 'language_detection') record.language = String(use.parameters?.['language'] ?? record.language);
      if (outcome.isError) {
        clip = use.onErrorClip ?? clip;
        break;
      }
    }
    if (turn.tools!.length) note(turn);
    if (closed || born !== generation) return; // interrupted meanwhile: the rest stays unsaid
    if (!clip.bytes.length && turn.tools!.length) return; // the turn was skipped
    if (!turn.tools!.length) note(turn);
    speak(line, clip.text, clip.bytes, turn);
  };

  const answer = (lines: readonly AgentLine[]) => {
    const born = generation;
    for (const line of lines) {
      busy += 1;
      work = work
        .then(() => (closed || born !== generation ? undefined : perform(line, born)))
        .finally(() => {
          busy -= 1;
          noteActivity();
        });
    }
  };

  const interrupt = () => {
    const first = answers <= 1 && config.agent.disable_first_message_interruptions;
    if (first || !terms.clientEvents.includes('interruption')) return;
    const cut = speaker.interrupt();
    if (!cut.length) return;
    generation += 1;
    record.recording?.agentCut(now());
    for (const { answer: one, heard } of cut) {
      const turn = spoken.get(one.responseId);
      if (turn) Object.assign(turn, { interrupted: true, original: one.text, message: heard });
    }
    if (faults.some(fault => fault.kind === 'stale-audio')) sendStaleAudio(actions, config);
    actions.changed();
  };

  const respond = (utterance: Utterance) => {
    const lines = dialogue.heard(utterance);
    // Whoever picked up has spoken first, or the opening is asked for again.
    const opens = openingDue || (!lines.length && answers === 0 && busy === 0);
    openingDue = false;
    answer(opens ? [opening, ...lines] : lines);
  };

  const listen = (event: EarEvent) => {
    lastActivity = now();
    if (event.kind === 'speaking') {
      actions.send(vadScore(0.95));
      if (event.clip) actions.send(tentativeTranscript(firstWords(event.clip.text, 0.5), actions.nextEventId()));
      if (!event.clip || !dialogue.isGreeting(event.clip)) interrupt();
      return;
    }
    actions.send(vadScore(0.05));
    if (event.turn.tone) return;
    const text = wordsOf(event.turn);
    note({ role: 'user', message: text, atMs: now(), medium: 'audio' });
    actions.send(userTranscript(text, actions.nextEventId()));
    respond({ clips: event.turn.clips.filter(each => each.heard >= 0.6).map(each => each.clip) });
  };

  /** One timer for both silences; it looks again at the moment when the earlier of the two could be over. */
  const watchSilence = () => {
    silenceTimer?.cancel();
    if (closed) return;
    const { turn_timeout: speakUp, silence_end_call_timeout: giveUp } = config.turn;
    const waits = [speakUp, giveUp].filter(seconds => seconds > 0).map(seconds => seconds * 1_000);
    if (!waits.length) return;
    const since = Math.max(lastActivity, speaker.playsUntil);
    const due = since + Math.min(...waits);
    if (now() < due || busy > 0 || ear.speaking || (answers === 0 && giveUp <= 0)) {
      silenceTimer = clock.after(Math.max(20, due - now()), watchSilence);
      return;
    }
    if (giveUp > 0 && now() >= since + giveUp * 1_000) return actions.hangUp('Silence timeout reached.');
    lastActivity = now();
    if (speakUp > 0) answer(dialogue.silence());
    silenceTimer = clock.after(Math.min(...waits), watchSilence);
  };
  const noteActivity = () => {
    lastActivity = now();
  };

  return {
    get stretches() {
      return ear.stretches;
    },
    get person() {
      return dialogue.person;
    },
    told(context) {
      // Word for word, as one quotes to somebody what to say; that it was said stands in what a resumed one is told, too.
      if (opening.clip.text !== '' && context.includes(`"${opening.clip.text}"`)) openingDue = true;
    },
    noteActivity,
    open() {
      lastActivity = now();
      watchSilence();
      if (!terms.firstMessage) return;
      busy += 1;
      work = work.then(() => {
        busy -= 1;
        if (closed) return;
        const turn = note({ role: 'agent', message: terms.firstMessage, atMs: now() });
        speak(opening, terms.firstMessage, opening.clip.bytes, turn);
      });
    },
    hear(audio) {
      const line = decode(audio);
      record.recording?.caller(line, now());
      for (const event of ear.push(line)) if (!closed) listen(event);
    },
    read(text, medium) {
      lastActivity = now();
      interrupt();
      note({ role: 'user', message: text, atMs: now(), medium });
      respond(medium === 'dtmf' ? { digits: text } : { text });
    },
    close() {
      closed = true;
      silenceTimer?.cancel();
    },
  };
}

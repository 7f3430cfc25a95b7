import type { RawData, WebSocket } from 'ws';
import type { RecognisedStretch } from '../audio/fingerprint.ts';
import type { TwinTimer } from '../clock.ts';
import type { AgentCore, HostedAgent } from './agent-core.ts';
import type { AgentFault } from './agent-faults.ts';
import type { AgentViolationKind } from './agent-ledger.ts';
import { type Initiation, readClientMessage } from './client-messages.ts';
import { closeCodes, type ErrorType } from './close-codes.ts';
import { createInbox } from './conversation-inbox.ts';
import { type ConversationRecord, conversationDocument } from './conversation-record.ts';
import { createConversationRecording } from './conversation-recorder.ts';
import { createConversationSocket } from './conversation-socket.ts';
import { createTalk, type Talk } from './conversation-talk.ts';
import { createLoadEcho } from './load-echo.ts';
import { startPings } from './pings.ts';
import { waitInQueue } from './queue-wait.ts';
import { errorMessage, isWanted, metadata, type ServerMessage } from './server-messages.ts';
import { type SessionTerms, startSession } from './session-start.ts';
import { createToolRunner } from './tool-runner.ts';

export interface LiveConversation {
  readonly record: ConversationRecord;
  readonly stretches: readonly RecognisedStretch[];
  readonly person: string | undefined;
  readonly latenciesMs: readonly number[];
  readonly context: readonly string[];
  /** Sends any message of the vendor's list, for instance one that no conversation of the twin's own makes. */
  inject(message: ServerMessage): void;
  /** Ends the conversation with a code, or with an error of the vendor's list. */
  end(how: { code: number; reason?: string } | { errorType: ErrorType; message?: string }): void;
  drop(): void;
}

const callerSilenceMs = 60_000;
const processingMs = 1_000;
const suffered = [
  'slow-start',
  'close',
  'error',
  'die-mid-sentence',
  'stall',
  'half-open',
  'noise',
  'stale-audio',
  'endless',
] as const;

/** What the scenario has in store for the person whom the client names. */
function faultsOfPerson({ scenario }: AgentCore, { agent }: HostedAgent, initiation: Initiation): AgentFault[] {
  const named = [...Object.values(initiation.dynamic_variables ?? {}), initiation.user_id];
  const person = scenario.people.find(
    each => each.agent === agent.id && [each.number, each.name, each.id].some(name => name && named.includes(name)),
  );
  return [...(person?.agentFaults ?? [])];
}

/** One conversation over one socket, from the upgrade to the report after it. */
export function runConversation(
  core: AgentCore,
  hosted: HostedAgent,
  socket: WebSocket,
  session: Pick<ConversationRecord, 'id' | 'authorization'>,
): LiveConversation {
  const { clock, ledger, book, admission } = core;
  const agent = hosted.document;
  const { conversation_config: config } = agent;
  const faults = core.faults.strikeEach(suffered, agent.agent_id);
  const out = createConversationSocket(socket, clock, faults);
  const over = new AbortController();
  const timers = new Set<TwinTimer>();
  const context: string[] = [];
  const mcpCalls = new Set<string>();
  const record: ConversationRecord = {
    ...session,
    agent,
    startedAt: clock.now(),
    status: 'initiated',
    acceptedAt: undefined,
    endedAt: undefined,
    queued: false,
    burst: false,
    initiation: undefined,
    variables: {},
    turns: [],
    terminationReason: '',
    language: config.agent.language,
    error: null,
    feedback: { likes: 0, dislikes: 0 },
    rating: null,
    recording: undefined,
    personFaults: [],
  };
  let eventId = 0;
  let talk: Talk | undefined;
  let terms: SessionTerms | undefined;
  let holdsPlace = false;
  let lastInput = clock.now();
  let ended = false;

  const nextEventId = () => {
    eventId += 1;
    return eventId;
  };
  const after = (ms: number, run: () => void) => {
    timers.add(clock.after(ms, () => !ended && run()));
  };
  const violation = (kind: AgentViolationKind, detail: string) => ledger.violation(kind, detail, record.id);
  const wanted = () => terms?.clientEvents ?? config.conversation.client_events;
  const send = (message: ServerMessage) => {
    if (!ended && isWanted(message.type, wanted())) out.send(message);
  };

  /** Settles everything once, whoever ended it. */
  const finish = (terminationReason: string, error?: ConversationRecord['error']) => {
    if (ended) return;
    ended = true;
    record.endedAt = clock.now();
    record.terminationReason = terminationReason;
    record.error = error ?? null;
    record.status = 'processing';
    for (const timer of timers) timer.cancel();
    talk?.close();
    pings.stop();
    over.abort();
    if (holdsPlace) admission.leave(agent);
    book.live.delete(record.id);
    book.changed(record);
    void clock.wait(processingMs).then(() => {
      record.status = record.acceptedAt === undefined || error ? 'failed' : 'done';
      book.changed(record);
      core.webhook.send(record.id, agent.agent_id, conversationDocument(record, clock.now()), record.personFaults);
    });
  };
  const close = (code: number, reason: string, terminationReason = reason, failed = code !== 1000) => {
    if (ended) return;
    finish(terminationReason, failed ? { code, reason } : undefined);
    out.close(code, reason);
  };
  const fail = (errorType: ErrorType, message: string) => {
    if (ended) return;
    const code = closeCodes[errorType];
    out.send(errorMessage(code, errorType, message));
    close(code, message, message, code !== 1000);
  };
  const breach = (kind: AgentViolationKind, detail: string) => {
    violation(kind, detail);
    fail(kind === 'ws-field-missing' ? 'missing_fields' : 'invalid_message', detail);
  };

  const pings = startPings({
    clock,
    timeoutMs: core.pongTimeoutMs,
    send: message => send(message),
    nextEventId,
    unanswered(detail) {
      violation('pong-missing', detail);
      fail('asyncio_timeout', detail);
    },
  });
  const tools = createToolRunner({
    send,
    violation,
    nextEventId,
    newCallId: () => core.newId('call'),
    variables: () => record.variables,
    signal: over.signal,
  });

  const begin = () => {
    holdsPlace = true;
    record.acceptedAt = clock.now();
    record.status = 'in-progress';
    if (agent.platform_settings.privacy.record_voice && !terms!.textOnly) {
      record.recording = createConversationRecording(record.acceptedAt);
    }
    book.changed(record);
    after(terms!.maxDurationMs, () => fail('max_duration_exceeded', 'The maximum conversation duration was reached.'));
    talk!.open();
  };
  const watchCaller = () => {
    const due = lastInput + callerSilenceMs;
    if (clock.now() < due) return after(Math.max(20, due - clock.now()), watchCaller);
    violation('ws-caller-silent', 'no caller input for 60 s: audio has to be sent always, silence included');
    fail('transport_receive_timeout', 'No input was received for 60 seconds.');
  };

  const initiate = async (initiation: Initiation) => {
    record.initiation = initiation;
    record.personFaults = faultsOfPerson(core, hosted, initiation);
    faults.push(...record.personFaults);
    const slow = faults.find(fault => fault.kind === 'slow-start');
    if (slow) await clock.wait(slow.delayMs ?? 0, over.signal);
    const closing = faults.find(fault => fault.kind === 'close');
    if (closing && closing.afterMs === undefined) return close(closing.code!, closing.reason ?? '');
    const started = startSession(agent, initiation, {
      system__agent_id: agent.agent_id,
      system__current_agent_id: agent.agent_id,
      system__conversation_id: record.id,
      system__time_utc: new Date(clock.now()).toISOString(),
      system__timezone: 'UTC',
    });
    const entry = started.ok ? admission.enter(agent) : undefined;
    if (entry?.kind === 'refused') return close(4300, entry.reason);
    out.send(metadata(record.id, config.tts.agent_output_audio_format, config.asr.user_input_audio_format));
    out.arm();
    if (!started.ok) {
      // As the vendor: accepted at first sight, then closed without an error message.
      violation(started.kind, started.reason || 'the language is not one of the agent');
      return close(closeCodes[started.errorType], started.reason);
    }
    if (ended) return;
    terms = started.terms;
    record.variables = terms.variables;
    talk = createTalk(core, hosted, record, terms, tools, faults, {
      send,
      sendAnyway(message) {
        if (ended) return;
        const asked =
          typeof message === 'object' ? (message['ping_event'] as { event_id: number } | undefined) : undefined;
        if (asked) pings.sent(asked.event_id);
        out.send(message);
      },
      nextEventId,
      hangUp: reason => close(1000, reason),
      die: () => {
        out.die();
        finish('The connection was lost.', { code: 1006, reason: 'died on purpose' });
      },
      changed: () => book.changed(record),
    });
    if (closing) after(closing.afterMs!, () => close(closing.code!, closing.reason ?? ''));
    const error = faults.find(fault => fault.kind === 'error');
    if (error) after(error.afterMs!, () => fail(error.errorType as ErrorType, error.reason ?? error.errorType!));
    pings.begin();
    lastInput = clock.now();
    watchCaller();
    if (entry?.kind === 'admitted') {
      record.burst = entry.burst;
      return begin();
    }
    record.queued = true;
    const cancel = waitInQueue(core, agent, entry!.waitMs, {
      send,
      nextEventId,
      admitted: begin,
      timedOut: () => close(4300, 'The queue wait timed out.'),
    });
    over.signal.addEventListener('abort', cancel);
  };

  const receive = createInbox({
    ...{ record, pings, tools, mcpCalls, context, send, violation, breach },
    echo: createLoadEcho(
      { input: config.asr.user_input_audio_format, output: config.tts.agent_output_audio_format },
      { send, nextEventId },
    ),
    talk: () => talk,
    initiate: initiation => void initiate(initiation),
    noteInput() {
      lastInput = clock.now();
    },
  });

  socket.on('message', (data: RawData, binary: boolean) => {
    if (ended) return;
    if (binary) return breach('ws-binary-frame', 'a binary frame; all messages are text');
    const read = readClientMessage(String(data));
    if (read.ok) receive(read.message);
    else breach(read.kind, read.detail);
  });
  socket.on('close', code => {
    finish(`Client disconnected: ${code}`);
    out.dispose();
  });
  socket.on('error', error => {
    if (!ended) violation('ws-websocket-protocol', error.message);
  });

  const live: LiveConversation = {
    record,
    get stretches() {
      return talk?.stretches ?? [];
    },
    get person() {
      return talk?.person;
    },
    latenciesMs: pings.latenciesMs,
    context,
    inject(message) {
      const call = message['mcp_tool_call'] as { tool_call_id?: string; state?: string } | undefined;
      if (call?.state === 'awaiting_approval') mcpCalls.add(String(call.tool_call_id));
      out.send(message);
    },
    end(how) {
      if ('errorType' in how) fail(how.errorType, how.message ?? how.errorType);
      else close(how.code, how.reason ?? '');
    },
    drop() {
      finish('The sandbox was closed.');
      out.dispose();
      socket.terminate();
    },
  };
  book.add(record, live);
  book.changed(record);
  after(callerSilenceMs, () => {
    if (!record.initiation) breach('ws-not-initiated', 'no conversation_initiation_client_data within 60 s');
  });
  return live;
}

import type { Principal } from '../auth/identities.types.ts';
import type { CallView } from '../calls/calls.types.ts';
import { AppError } from '../errors.ts';
import type { CommandAsker, LiveCommands } from '../handoff/handoff.types.ts';
import { type CommandArgs, type CommandName, checkedArgs, commandRules } from './command-table.ts';
import type { Connection, HeardCall } from './connection.ts';
import type { TranscriptSnapshot } from './live-contract.ts';

export interface CommandServices {
  /** Undefined while nobody in this installation carries out such commands. */
  readonly commands: () => LiveCommands | undefined;
  /** By our id or the carrier's; throws `CALL_NOT_FOUND`. */
  readonly call: (name: string) => Promise<CallView>;
  readonly transcript: (call: CallView) => Promise<TranscriptSnapshot['turns']>;
  /** As the API shows it; throws `CAMPAIGN_NOT_FOUND`. */
  readonly campaign: (id: string) => Promise<Readonly<Record<string, unknown>>>;
  /** Brings the connection into the rooms of what it watches; resolves once whatever happens there from now on reaches this process. */
  readonly follow: (connection: Connection) => Promise<void>;
  readonly renew: (connection: Connection, token: string) => Promise<Principal>;
  /** Writes down what nobody else does. Never rejects. */
  readonly audit: (asker: CommandAsker, action: string, target: { type: string; id: string }) => Promise<void>;
}

/** A connection follows no more calls, and campaigns, than anybody can look at. */
const mostWatched = 100;

type Handlers = { [N in CommandName]: (connection: Connection, args: CommandArgs<N>) => Promise<object | undefined> };

const askerOf = (connection: Connection): CommandAsker => {
  const { kind, id, label } = connection.principal;
  return { kind, id, label, origin: connection.nextOrigin() };
};
const heard = ({ id, sid }: CallView): HeardCall => ({ callId: id, callSid: sid });

/** Carries out what clients ask; rejects with an `AppError`. */
export function createLiveCommands(services: CommandServices) {
  const { call: callOf } = services;
  const desk = (): LiveCommands => {
    const commands = services.commands();
    if (commands) return commands;
    throw new AppError('COMMANDS_UNAVAILABLE', 'This installation takes no commands for live calls.');
  };
  /** Whoever went away while the command was under way holds nothing. */
  const stillThere = ({ socket }: Connection) => socket.connected;

  const handlers: Handlers = {
    async 'auth:renew'(connection, { token }) {
      const { expiresAt, kind, id } = await services.renew(connection, token);
      await services.audit(askerOf(connection), 'auth.renew', { type: kind, id });
      return { expiresAt: expiresAt?.toISOString() ?? null };
    },

    async 'call:watch'(connection, { sid }) {
      const call = await callOf(sid);
      refuseMore(connection.watched, call.id, 'calls');
      const isNew = !connection.watched.has(call.id);
      connection.watched.add(call.id);
      await services.follow(connection);
      // Watched again after every snapshot, it is still the same watch.
      if (isNew) await services.audit(askerOf(connection), 'call.watch', { type: 'call', id: call.id });
      const turns = await services.transcript(call);
      return { transcript: { callSid: call.sid, callId: call.id, turns } };
    },

    async 'call:unwatch'(connection, { sid }) {
      const { id } = await callOf(sid);
      connection.watched.delete(id);
      connection.settle();
      return undefined;
    },

    async 'campaign:watch'(connection, { id }) {
      await services.campaign(id);
      refuseMore(connection.watchedCampaigns, id, 'campaigns');
      const isNew = !connection.watchedCampaigns.has(id);
      connection.watchedCampaigns.add(id);
      await services.follow(connection);
      if (isNew) await services.audit(askerOf(connection), 'campaign.watch', { type: 'campaign', id });
      return { campaign: await services.campaign(id) };
    },

    async 'campaign:unwatch'(connection, { id }) {
      connection.watchedCampaigns.delete(id);
      connection.settle();
      return undefined;
    },

    async 'call:listen'(connection, { sid }) {
      const call = heard(await callOf(sid));
      const ear = connection.ear(call);
      if (ear.listening) return undefined;
      try {
        const listening = await desk().listen(call.callId, askerOf(connection), ear.listener('listen'));
        if (stillThere(connection) && !ear.listening) ear.listening = listening;
        else listening.stop();
      } finally {
        connection.dropIdle(call.callId);
      }
      return undefined;
    },

    async 'call:unlisten'(connection, { sid }) {
      const ear = connection.earOf(sid);
      ear?.stop('listen');
      connection.dropIdle(sid);
      return undefined;
    },

    async 'call:whisper'(connection, { sid, text }) {
      await desk().whisper(sid, askerOf(connection), text);
      return undefined;
    },

    async 'call:takeover'(connection, { sid }) {
      const call = heard(await callOf(sid));
      const ear = connection.ear(call);
      if (ear.line) return undefined;
      try {
        const who = askerOf(connection);
        const line = await desk().takeOver(call.callId, { ...ear.listener('takeover'), who });
        if (stillThere(connection) && !ear.line) ear.line = line;
        else line.stop();
      } finally {
        connection.dropIdle(call.callId);
      }
      return undefined;
    },

    async 'call:handback'(connection, { sid, note }) {
      await desk().handBack(sid, askerOf(connection), note);
      return undefined;
    },

    async 'call:transfer'(connection, { sid, ...order }) {
      await desk().transfer(sid, askerOf(connection), order);
      return undefined;
    },

    async 'call:hangup'(connection, { sid }) {
      await desk().hangUp(sid, askerOf(connection));
      return undefined;
    },
  };

  return {
    /** Checks the right and the form of a command, and carries it out; what it answers beside `ok`. */
    async run<N extends CommandName>(connection: Connection, name: N, args: unknown): Promise<object> {
      const { permission } = commandRules[name];
      if (permission && !connection.principal.permissions.has(permission)) {
        throw new AppError('FORBIDDEN', `This needs the permission ${permission}.`, { details: { permission } });
      }
      return (await handlers[name](connection, checkedArgs(name, args))) ?? {};
    },

    /** A piece of what the person who holds the call says. Without the line it goes nowhere. */
    speak(connection: Connection, sid: unknown, seq: unknown, bytes: unknown): void {
      if (typeof sid !== 'string' || typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0) return;
      if (!(bytes instanceof Uint8Array) || bytes.byteLength === 0 || bytes.byteLength > mostMicrophoneBytes) return;
      const mulaw = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      connection.earOf(sid)?.line?.speak(seq, mulaw);
    },
  };
}

function refuseMore(watched: ReadonlySet<string>, id: string, what: string): void {
  if (watched.size < mostWatched || watched.has(id)) return;
  throw new AppError('RATE_LIMITED', `A connection can watch ${mostWatched} ${what}; unwatch one first.`);
}

/** A second of sound. */
const mostMicrophoneBytes = 8_000;

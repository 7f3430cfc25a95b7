import type { SessionRegistry } from '../bridge/bridge.types.ts';
import type { Asker, CallTransfers, CallView } from '../calls/calls.types.ts';
import { AppError } from '../errors.ts';
import type { CallListener, HeldLine, Listening, PersonLine, TransferOrder } from './handoff.types.ts';

/** The process that holds a call's sockets, this one or another: only there can something be done with it. */
export interface CallHolder {
  listen(callId: string, who: Asker, listener: CallListener): Promise<Listening>;
  whisper(callId: string, who: Asker, text: string): Promise<void>;
  takeOver(callId: string, line: PersonLine): Promise<HeldLine>;
  handBack(callId: string, who: Asker, note?: string): Promise<void>;
  transfer(callId: string, who: Asker, order: TransferOrder): Promise<CallView>;
}

/** The calls of this process. */
export function createLocalHolder(sessions: Pick<SessionRegistry, 'get'>, transfers: CallTransfers): CallHolder {
  const of = (callId: string) => {
    const session = sessions.get(callId);
    if (session) return session.people;
    throw new AppError(
      'CALL_CANNOT',
      'No agent is on this call at this moment: it has just ended, or is being connected.',
    );
  };
  return {
    listen: async (callId, who, { audio, stopped }) => of(callId).listen({ who, audio, stopped }),
    whisper: async (callId, who, text) => of(callId).whisper(who, text),
    takeOver: async (callId, line) => of(callId).takeOver(line),
    handBack: async (callId, who, note) => of(callId).handBack(who, note),
    transfer: (callId, who, order) => transfers.pass(callId, who, order),
  };
}

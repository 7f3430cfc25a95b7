import type { CallDesk, CallJournal, SpokenTurn } from '../bridge/bridge.types.ts';
import type { Stored } from '../store/schema.ts';
import type { Call } from './call-document.ts';
import type { CallEndings } from './call-ending.ts';
import type { FirstTurns } from './first-turn.ts';
import type { MachineDetection } from './machine-detection.ts';
import type { StreamAdmissionOptions } from './stream-admission.ts';
import { createStreamAdmission } from './stream-admission.ts';

export interface CallDeskOptions extends Omit<StreamAdmissionOptions, 'admitted'> {
  readonly journal: CallJournal;
  readonly endings: CallEndings;
  readonly firstTurns: FirstTurns;
  readonly machines: Pick<MachineDetection, 'watch'>;
  /** Tells the carrier how long a call may last that it does not know it of. */
  readonly limit: (call: Stored<Call>) => void;
}

/** Where sessions turn to: let in, written down, ended. */
export function createCallDesk({
  journal,
  endings,
  firstTurns,
  machines,
  limit,
  ...streams
}: CallDeskOptions): CallDesk {
  return {
    admit: createStreamAdmission({
      ...streams,
      admitted(call, before) {
        const callId = call._id.toHexString();
        if (call.sid) endings.remember(callId, call.sid);
        const first = call.firstTurn === null ? firstOf(before) : undefined;
        if (first) void firstTurns.heard(callId, first);
        machines.watch(call);
        limit(call);
      },
    }),
    end: (callId, ending) => endings.end(callId, ending),
    journal,
    openingHeard: (callId, turn, live) => firstTurns.heard(callId, turn, live),
  };
}

/**
 * The agent's first sentence, heard by a process that died before it could check it. Where nothing was said after it, its end may not
 * have been heard.
 */
function firstOf(turns: readonly SpokenTurn[]): SpokenTurn | undefined {
  const first = turns.find(({ role, text }) => role === 'agent' && text !== '');
  return first && first === turns.at(-1) ? { ...first, heardText: first.heardText ?? '', interrupted: true } : first;
}

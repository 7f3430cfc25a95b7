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
        const first = call.firstTurn === null ? firstWhole(before) : undefined;
        if (first) firstTurns.heard(callId, first);
        machines.watch(call);
        limit(call);
      },
    }),
    end: (callId, ending) => endings.end(callId, ending),
    journal,
    firstTurnHeard: (callId, turn) => firstTurns.heard(callId, turn),
  };
}

/** The agent's first sentence, heard to its end by a process that died before it could check it: something was said after it. */
const firstWhole = (turns: readonly SpokenTurn[]): SpokenTurn | undefined =>
  turns
    .slice(0, -1)
    .find(({ role, text, heardText }) => role === 'agent' && text !== '' && (heardText ?? text) === text);

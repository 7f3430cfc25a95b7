import type { CallDesk, CallJournal } from '../bridge/bridge.types.ts';
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
}

/** Where sessions turn to: let in, written down, ended. */
export function createCallDesk({ journal, endings, firstTurns, machines, ...streams }: CallDeskOptions): CallDesk {
  return {
    admit: createStreamAdmission({
      ...streams,
      admitted(call) {
        if (call.sid) endings.remember(call._id.toHexString(), call.sid);
        machines.watch(call);
      },
    }),
    end: (callId, ending) => endings.end(callId, ending),
    journal,
    firstTurnHeard: (callId, turn) => firstTurns.heard(callId, turn),
  };
}

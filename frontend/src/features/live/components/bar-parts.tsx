import { ArrowRightLeft, PhoneOff } from 'lucide-react';
import type { LivePerson } from '../../../../../src/live/live-contract.ts';
import { Button } from '../../../components/button.tsx';
import type { ShownCall } from '../../../lib/live/live-calls.ts';
import { liveText } from '../../../strings/live.ts';
import type { CallDesk } from '../call-desk.ts';

const words = liveText.control;

/** What this user may do with this call now: by permission, and by what the call can. */
export interface Powers {
  readonly listen: boolean;
  readonly whisper: boolean;
  readonly takeOver: boolean;
  readonly transfer: boolean;
  readonly hangUp: boolean;
}

export interface BarProps {
  readonly desk: CallDesk;
  readonly call: ShownCall;
  readonly powers: Powers;
  /** A colleague who speaks on the call. */
  readonly other: LivePerson | null;
  /** When the call reaches its limit, once that is near. */
  readonly endsAt: string | null;
  readonly onTakeOver: () => void;
  readonly onWhisper: () => void;
  readonly onTransfer: () => void;
  readonly onHangUp: () => void;
}

/** Transfer, and at the far right Hang up: always in the same place. */
export function Endings({
  powers,
  transferable = true,
  onTransfer,
  onHangUp,
}: Pick<BarProps, 'powers' | 'onTransfer' | 'onHangUp'> & { transferable?: boolean }) {
  return (
    <>
      {powers.transfer && transferable && (
        <Button onClick={onTransfer}>
          <ArrowRightLeft aria-hidden="true" className="size-4" />
          {words.transfer}
        </Button>
      )}
      {powers.hangUp && (
        <Button look="danger" className="ml-auto" onClick={onHangUp}>
          <PhoneOff aria-hidden="true" className="size-4" />
          {words.hangUp}
        </Button>
      )}
    </>
  );
}

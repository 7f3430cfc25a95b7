import type { WebSocket } from 'ws';
import { AppError } from '../../errors.ts';
import type { CarrierControl } from '../carrier/control.ts';
import { type PhoneLimits, PhoneSession } from './phone-session.ts';
import type { PhoneHolder } from './phone-tickets.ts';

/** The phones that are open, at most one for each person. */
export interface PhoneBook {
  /** Throws when this person cannot have a phone now: theirs is on a call in another tab, or all are taken. */
  check(holder: PhoneHolder): void;
  /** Opens a phone; an idle one of the same person closes. */
  open(holder: PhoneHolder, socket: WebSocket): void;
  readonly size: number;
}

/** A call with a person at each end takes little; this is here so that nothing is without an end. */
const mostPhones = 50;

export function createPhoneBook(control: CarrierControl, limits?: PhoneLimits): PhoneBook {
  const open = new Map<string, PhoneSession>();
  const check = (holder: PhoneHolder) => {
    const own = open.get(holder.id);
    if (own?.isOnCall) {
      throw new AppError('SANDBOX_PHONE_IN_USE', 'Your phone is on a call in another tab. Hang up there first.');
    }
    if (!own && open.size >= mostPhones) {
      throw new AppError(
        'SANDBOX_PHONES_FULL',
        `${mostPhones} browser phones are open, which is the most there can be.`,
      );
    }
  };
  return {
    check,
    open(holder, socket) {
      open.get(holder.id)?.close('replaced', 'the phone was opened in another tab');
      const session = new PhoneSession({
        socket,
        control,
        name: `Browser phone of ${holder.label}`,
        ...(limits ? { limits } : {}),
        onClosed: () => {
          // The place may be taken by the phone that replaced this one.
          if (open.get(holder.id) === session) open.delete(holder.id);
        },
      });
      open.set(holder.id, session);
    },
    get size() {
      return open.size;
    },
  };
}

import { frameBytes } from '../../audio/mulaw.ts';
import { audioFrame, silentFrame } from '../audio/audio-frame.ts';
import type { Person } from '../scenarios/scenario.ts';
import type { LineParty, LinePartyActions } from './person-on-line.ts';

/** A telephone that somebody holds in their hand, such as the one in the browser. */
export interface Handset {
  /** The next 20 ms (160 bytes of mu-law) from the microphone; undefined while nothing has arrived. */
  read(): Buffer | undefined;
  /** The next 20 ms for the ear. */
  write(audio: Buffer): void;
  /** It rings; resolves with what its holder does. Without this it is picked up after a second. */
  rings?(call: { sid: string; from: string; to: string }): Promise<'answer' | 'decline'>;
  /** The call was answered at this handset; the actions work until it is over. */
  answered(actions: LinePartyActions): void;
}

export interface PhoneDesk {
  /** Registers a handset; the person that is returned can be cast for a call and speaks through it. */
  connect(handset: Handset, name: string): Person;
  /** Takes a handset away that waits for a call. */
  disconnect(person: Person): void;
  /** The handset that this person holds, while no call has been taken at it. */
  handsetOf(person: Person): Handset | undefined;
  /** The party behind a person who holds a handset. */
  partyOf(person: Person, actions: LinePartyActions): LineParty | undefined;
}

export function createPhoneDesk(): PhoneDesk {
  const handsets = new Map<string, Handset>();
  let count = 0;
  return {
    connect(handset, name) {
      count += 1;
      const id = `handset-${count}`;
      handsets.set(id, handset);
      return { id, name, answer: 'human', faults: [], ringsMs: 1_000, steps: [], dialogue: [] };
    },
    disconnect: person => void handsets.delete(person.id),
    handsetOf: person => handsets.get(person.id),
    partyOf(person, actions) {
      const handset = handsets.get(person.id);
      if (!handset) return undefined;
      handsets.delete(person.id); // one handset takes one call
      handset.answered(actions);
      return {
        next() {
          const audio = handset.read();
          return audio?.length === frameBytes ? audioFrame(audio) : silentFrame;
        },
        hear: bytes => handset.write(bytes),
      };
    },
  };
}

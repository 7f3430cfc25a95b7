import { createStore, type Store } from '../store.ts';

/** Which devices of this computer a call is heard and spoken with; an empty id is whatever the system offers. */
export interface HeadsetChoice {
  readonly microphone: string;
  readonly speaker: string;
}

const key = 'parley.headset';
const checkedKey = 'parley.headset-checked';
const none: HeadsetChoice = { microphone: '', speaker: '' };

/** Reads a saved choice; whatever is unknown or damaged is no choice. */
export function parseHeadsetChoice(text: string | null): HeadsetChoice {
  try {
    const saved: unknown = JSON.parse(text ?? '{}');
    if (typeof saved !== 'object' || saved === null) return none;
    const { microphone, speaker } = saved as Record<string, unknown>;
    return {
      microphone: typeof microphone === 'string' ? microphone : '',
      speaker: typeof speaker === 'string' ? speaker : '',
    };
  } catch {
    return none;
  }
}

/** Browsers may refuse any storage: then a choice holds until the page is closed. */
function kept(act: () => string | null): string | null {
  try {
    return act();
  } catch {
    return null;
  }
}

export const headsetChoice: Store<HeadsetChoice> = createStore(
  parseHeadsetChoice(kept(() => localStorage.getItem(key))),
);

/** Whether the microphone was heard in this sitting; another tab or a new day asks again. */
export const headsetChecked: Store<boolean> = createStore(kept(() => sessionStorage.getItem(checkedKey)) === 'yes');

export function chooseHeadset(change: Partial<HeadsetChoice>): void {
  headsetChoice.set({ ...headsetChoice.get(), ...change });
  kept(() => {
    localStorage.setItem(key, JSON.stringify(headsetChoice.get()));
    return null;
  });
}

export function markHeadset(checked: boolean): void {
  headsetChecked.set(checked);
  kept(() => {
    if (checked) sessionStorage.setItem(checkedKey, 'yes');
    else sessionStorage.removeItem(checkedKey);
    return null;
  });
}

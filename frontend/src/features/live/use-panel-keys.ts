import { type RefObject, useEffect, useRef } from 'react';
import { advanceKeys, noKeys } from '../../lib/key-sequence.ts';
import { preferences } from '../../lib/preferences.ts';
import type { CallDesk } from './call-desk.ts';
import type { Powers } from './components/bar-parts.tsx';

interface Options {
  readonly desk: CallDesk;
  readonly powers: Powers;
  readonly other: boolean;
  readonly whisper: RefObject<HTMLInputElement | null>;
  readonly onTakeOver: () => void;
}

const letters = ['l', 'w', 't', 'm', 'b'];
/** "g l" leads to this page, and must not listen on the way. */
const bindings = [...letters, ...letters.map(letter => `g ${letter}`)];

/** Single letters belong to fields, and to layers with keys of their own. */
export const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  target.closest(
    'input, select, textarea, [contenteditable], [role="alertdialog"], [role="menu"], [role="dialog"]:not([data-call-panel])',
  ) !== null;

/** Listen, whisper, take over, mute and hand back by single letters. None of them ends anything, and Escape ends no take-over. */
export function usePanelKeys(options: Options): void {
  const latest = useRef(options);
  latest.current = options;
  useEffect(() => {
    let progress = noKeys;
    const pressed = (event: KeyboardEvent) => {
      if (!preferences.get().letterKeys || event.ctrlKey || event.metaKey || event.altKey || typing(event.target))
        return;
      const step = advanceKeys(progress, event.key, performance.now(), bindings);
      progress = step.progress;
      if (step.run !== null && press(step.run, latest.current)) event.preventDefault();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}

function press(key: string, { desk, powers, other, whisper, onTakeOver }: Options): boolean {
  const { step, muted } = desk.control.get();
  if (key === 'l' && powers.listen) desk.send({ type: step === 'listening' ? 'unlisten' : 'listen' });
  else if (key === 'w' && powers.whisper) whisper.current?.focus();
  else if (key === 't' && powers.takeOver && !other) onTakeOver();
  else if (key === 'm') desk.send({ type: 'mute', on: !muted });
  else if (key === 'b') desk.send({ type: 'hand-back' });
  else return false;
  return true;
}

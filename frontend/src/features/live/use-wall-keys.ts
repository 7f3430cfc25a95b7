import { useEffect, useRef } from 'react';
import { preferences } from '../../lib/preferences.ts';
import { typing } from './use-panel-keys.ts';

/** "r" takes the order of the wall anew, whatever holds it. */
export function useWallKeys({ onApply }: { onApply: () => void }): void {
  const latest = useRef(onApply);
  latest.current = onApply;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== 'r' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!preferences.get().letterKeys || typing(event.target)) return;
      event.preventDefault();
      latest.current();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}

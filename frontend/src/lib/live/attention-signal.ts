import { useEffect, useRef } from 'react';
import { preferences } from '../preferences.ts';
import { countInTitle } from '../use-title.ts';
import { chime } from '../voice/chime.ts';
import { callsForPerson } from './live-calls.ts';
import { useLiveCalls } from './use-live.ts';

/** Counts the calls that ask for a person in the name of the tab, and sounds for a new one where this user wants it. A part of its own: calls change all the time. */
export function AttentionSignal(): null {
  const calls = useLiveCalls();
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    const now = calls ? callsForPerson(calls) : new Set<string>();
    countInTitle(now.size);
    // What waited already when the page was opened is on the screen, and needs no sound.
    const fresh = calls && known.current && [...now].some(id => !known.current!.has(id));
    if (fresh && preferences.get().chime) chime();
    known.current = calls ? now : null;
  }, [calls]);
  useEffect(() => () => countInTitle(0), []);
  return null;
}

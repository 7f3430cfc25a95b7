import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import type { LiveEntry } from '../../lib/live/live-calls.ts';
import { placeCalls, type Slots } from './place-calls.ts';
import { movesByItself, type WallOrder } from './shown.ts';

const awayMs = 5_000;

/**
 * The places of the wall: nothing jumps while somebody points at it or works in it with the keyboard, and orders that move by themselves
 * are taken anew only when asked for or when the pointer was away for a while.
 */
export function useSlots(
  shown: readonly LiveEntry[],
  {
    order,
    filter,
    hold,
    wall,
  }: { order: WallOrder; filter: string; hold: boolean; wall: RefObject<HTMLElement | null> },
): { slots: Slots; waiting: number; apply: () => void } {
  const before = useRef<{ slots: Slots; key: string }>({ slots: [], key: '' });
  const [round, setRound] = useState(0);
  const inside = useInside(wall);
  const key = `${order} ${filter} ${round}`;

  const placed = useMemo(() => {
    const ids = shown.map(({ call }) => call.id);
    const begin = before.current.key === key ? before.current.slots : [];
    // Without a hold an order that never changes only gains places; closing up waits for the pointer to leave.
    const next = placeCalls(begin, ids, begin.length > 0 && hold, !inside);
    before.current = { slots: next.slots, key };
    return next;
  }, [shown, key, hold, inside]);

  useEffect(() => {
    if (!movesByItself(order) || inside || hold) return;
    const timer = setInterval(() => setRound(count => count + 1), awayMs);
    return () => clearInterval(timer);
  }, [order, inside, hold]);

  return { ...placed, apply: () => setRound(count => count + 1) };
}

/** Whether pointer or focus is inside. */
function useInside(place: RefObject<HTMLElement | null>): boolean {
  const [inside, setInside] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    let pointer = false;
    const tell = () => setInside(pointer || element.contains(document.activeElement));
    const enter = () => {
      pointer = true;
      tell();
    };
    const leave = () => {
      pointer = false;
      tell();
    };
    const focus = () => setTimeout(tell);
    element.addEventListener('pointerenter', enter);
    element.addEventListener('pointerleave', leave);
    element.addEventListener('focusin', focus);
    element.addEventListener('focusout', focus);
    return () => {
      element.removeEventListener('pointerenter', enter);
      element.removeEventListener('pointerleave', leave);
      element.removeEventListener('focusin', focus);
      element.removeEventListener('focusout', focus);
    };
  }, [place]);
  return inside;
}

import { type RefObject, useLayoutEffect, useState } from 'react';

/** The element's size, followed. Zero before the first look. */
export function useSize(element: RefObject<HTMLElement | null>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const place = element.current;
    if (!place) return;
    const look = () => setSize({ width: place.clientWidth, height: place.clientHeight });
    look();
    const observer = new ResizeObserver(look);
    observer.observe(place);
    return () => observer.disconnect();
  }, [element]);
  return size;
}

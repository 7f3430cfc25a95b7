import { useEffect } from 'react';
import { text } from '../strings/en.ts';

/** Names the browser tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ${text.product}`;
  }, [title]);
}

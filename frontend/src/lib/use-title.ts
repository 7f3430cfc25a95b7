import { useEffect } from 'react';
import { text } from '../strings/en.ts';

let page = '';
let waiting = 0;

const write = () => {
  document.title = `${waiting > 0 ? `(${waiting}) ` : ''}${page} · ${text.product}`;
};

/** Names the browser tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    page = title;
    write();
  }, [title]);
}

/** How many calls need a person, before the name of the tab: seen also while another tab is before this one. */
export function countInTitle(count: number): void {
  if (count === waiting) return;
  waiting = count;
  write();
}

import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { advanceKeys, noKeys } from '../lib/key-sequence.ts';
import { may } from '../lib/permissions.ts';
import { preferences } from '../lib/preferences.ts';
import { useUser } from '../lib/use-user.ts';
import { mainPages, type PageEntry } from './pages.ts';

/** Single letters must not act while somebody types, or while a layer is open that has keys of its own. */
const ownsKeys = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  target.closest('input, select, textarea, [contenteditable], [role="dialog"], [role="alertdialog"], [role="menu"]') !==
    null;

/** "?" for the list of keys, "/" for the search of the page, and "g" with a letter for the main pages, unless switched off. */
export function usePageKeys({ onShowKeys }: { onShowKeys: () => void }): void {
  const navigate = useNavigate();
  const user = useUser();
  const latest = useRef({ navigate, onShowKeys, user });
  latest.current = { navigate, onShowKeys, user };

  useEffect(() => {
    let progress = noKeys;
    const pressed = (event: KeyboardEvent) => {
      if (!preferences.get().letterKeys || event.ctrlKey || event.metaKey || event.altKey || ownsKeys(event.target)) {
        return;
      }
      const pages = Object.values<PageEntry>(mainPages).filter(
        page => page.key && may(latest.current.user, page.needs),
      );
      const step = advanceKeys(progress, event.key, performance.now(), [
        '?',
        '/',
        ...pages.map(page => `g ${page.key}`),
      ]);
      progress = step.progress;
      if (step.run === null) return;
      event.preventDefault();
      if (step.run === '/') return document.querySelector<HTMLElement>('[data-page-search]')?.focus();
      const page = pages.find(entry => step.run === `g ${entry.key}`);
      if (page) latest.current.navigate({ to: page.path });
      else latest.current.onShowKeys();
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
}

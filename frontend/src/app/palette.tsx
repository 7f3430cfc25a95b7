import { useNavigate } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import type { PaletteEntry } from '../features/palette/components/command-palette.tsx';
import { showSetUp } from '../features/set-up/set-up-hidden.ts';
import { useSandboxOn } from '../features/status/api/status.ts';
import { session } from '../lib/browser-session.ts';
import { opensPalette, paletteKeys } from '../lib/palette-keys.ts';
import { may } from '../lib/permissions.ts';
import { setPreference } from '../lib/preferences.ts';
import { useUser } from '../lib/use-user.ts';
import { text } from '../strings/en.ts';
import { contactsPages, mainPages, newCampaignPage, operationsPages, type PageEntry, settingsPages } from './pages.ts';
import type { FrameDialog } from './user-menu.tsx';

const words = text.palette;
type Part = typeof import('../features/palette/components/command-palette.tsx').CommandPalette;
let loaded: Part | undefined;
const load = async (): Promise<{ default: Part }> => {
  loaded = (await import('../features/palette/components/command-palette.tsx')).CommandPalette;
  return { default: loaded };
};
const LaterPalette = lazy(load);
/** What is lazy comes a moment after it is asked for, also when it was loaded before. */
const palettePart = () => loaded ?? LaterPalette;

/** Whoever opens it types at once, and what is typed while it loads would be lost: it comes as soon as the page has nothing else to do. */
function useLoadedWhenIdle(): void {
  useEffect(() => {
    const start = () => void load().catch(() => undefined);
    // Not every browser says when it is idle.
    if (typeof requestIdleCallback !== 'function') {
      const timer = setTimeout(start, 2_000);
      return () => clearTimeout(timer);
    }
    const idle = requestIdleCallback(start, { timeout: 5_000 });
    return () => cancelIdleCallback(idle);
  }, []);
}

/** The field of the top bar that opens the palette, and the keys that do so from everywhere. */
export function Palette({ onDialog }: { onDialog: (dialog: FrameDialog) => void }) {
  // What is open stays as it was opened.
  const [Open, setOpen] = useState<Part | typeof LaterPalette | null>(null);
  const entries = useEntries(onDialog);
  useLoadedWhenIdle();
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (!opensPalette(event)) return;
      // The browser's own search would open.
      event.preventDefault();
      // Another layer has to be answered first.
      if (!document.querySelector('[role=dialog], [role=alertdialog]')) setOpen(palettePart);
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
  return (
    <>
      <button
        type="button"
        aria-keyshortcuts="Control+K Meta+K"
        onClick={() => setOpen(palettePart)}
        // A finger may miss it by a little: grown to a finger's size it would touch both edges of the bar.
        className="relative flex h-8 min-w-8 items-center justify-center gap-2 rounded-control border border-border-strong bg-surface px-2 text-table text-text-2 hover:bg-hover tablet:w-64 tablet:justify-start pointer-coarse:min-w-11 pointer-coarse:after:absolute pointer-coarse:after:inset-x-0 pointer-coarse:after:-inset-y-1.5"
      >
        <Search aria-hidden="true" className="size-4 text-text-3" />
        <span className="visually-hidden">{words.open}</span>
        <span aria-hidden="true" className="hidden flex-1 text-left tablet:inline">
          {words.openShort}
        </span>
        <span aria-hidden="true" className="hidden font-mono text-label text-text-3 tablet:inline">
          {paletteKeys}
        </span>
      </button>
      {Open && (
        <Suspense>
          <Open entries={entries} onClose={() => setOpen(null)} />
        </Suspense>
      )}
    </>
  );
}

function useEntries(onDialog: (dialog: FrameDialog) => void): PaletteEntry[] {
  const navigate = useNavigate();
  const user = useUser();
  const sandboxOn = useSandboxOn() === true;
  return useMemo(() => {
    const to = (path: string, search: object = {}) => void navigate({ to: path, search: search as never });
    const sections: [pages: Record<string, PageEntry>, hint: string | undefined][] = [
      [mainPages, undefined],
      [contactsPages, text.nav.contacts],
      [settingsPages, text.nav.settings],
      [operationsPages, text.nav.operations],
    ];
    const pages = sections
      .flatMap(([section, hint]) => Object.values(section).map(page => ({ ...page, hint })))
      .filter((page, at, all) => all.findIndex(each => each.path === page.path) === at)
      .filter(page => may(user, page.needs) && (sandboxOn || !page.sandboxOnly))
      .map((page): PaletteEntry => {
        const { path, label, hint } = page;
        return { id: `page${path.replaceAll('/', '-')}`, group: 'pages', label, hint, run: () => to(path) };
      });
    const commands: (PaletteEntry & { readonly allowed: boolean })[] = [
      {
        id: 'new-call',
        label: words.commands.newCall,
        allowed: may(user, 'calls:place'),
        run: () => to('/calls', { place: true }),
      },
      {
        id: 'new-campaign',
        label: words.commands.newCampaign,
        allowed: may(user, newCampaignPage.needs),
        run: () => to(newCampaignPage.path),
      },
      {
        id: 'import',
        label: words.commands.importPeople,
        allowed: may(user, 'contacts:write'),
        run: () => to('/contacts/import'),
      },
      {
        id: 'set-up',
        label: words.commands.setUp,
        allowed: may(user, 'system:read'),
        run: () => {
          showSetUp(user.id);
          to('/');
        },
      },
      {
        id: 'stop-all',
        label: words.commands.stopAll,
        allowed: may(user, 'campaigns:run'),
        run: () => to(operationsPages.calling.path),
      },
      {
        id: 'kill-switch',
        label: words.commands.stopCalling,
        allowed: may(user, 'kill-switch:write'),
        run: () => to(operationsPages.calling.path),
      },
      { id: 'light', label: words.commands.light, allowed: true, run: () => setPreference('theme', 'light') },
      { id: 'dark', label: words.commands.dark, allowed: true, run: () => setPreference('theme', 'dark') },
      { id: 'keys', label: words.commands.keys, allowed: true, run: () => onDialog('keys') },
      {
        id: 'sign-out',
        label: words.commands.signOut,
        allowed: true,
        run: () => void session.signOut(false).catch(() => onDialog('sign-out-failed')),
      },
    ].map(each => ({ ...each, group: 'commands' as const }));
    return [...pages, ...commands.filter(({ allowed }) => allowed)];
  }, [navigate, user, sandboxOn, onDialog]);
}

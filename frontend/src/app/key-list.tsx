import { Dialog } from '../components/dialog.tsx';
import { paletteKeys } from '../lib/palette-keys.ts';
import { may } from '../lib/permissions.ts';
import { preferences } from '../lib/preferences.ts';
import { useStore } from '../lib/use-store.ts';
import { useUser } from '../lib/use-user.ts';
import { text } from '../strings/en.ts';
import { mainPages, type PageEntry } from './pages.ts';

/** The keys that exist now. */
export function KeyList({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { letterKeys } = useStore(preferences);
  const user = useUser();
  const pages = Object.values<PageEntry>(mainPages).filter(page => page.key);
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={text.keys.title}
      description={letterKeys ? text.keys.on : text.keys.off}
    >
      <dl className="grid grid-cols-[1fr_auto] items-center gap-y-2 px-4 py-3">
        {pages.map(page => (
          <KeyRow key={page.path} keys={['g', page.key ?? '']} does={text.keys.go(page.label)} />
        ))}
        {may(user, mainPages.live.needs) &&
          text.keys.live.map(([key, does]) => <KeyRow key={key} keys={[key]} does={does} />)}
        {may(user, 'recordings:listen') &&
          text.keys.player.map(([keys, does]) => <KeyRow key={does} keys={keys} between={text.keys.or} does={does} />)}
        <KeyRow keys={[paletteKeys]} does={text.keys.palette} />
        <KeyRow keys={['/']} does={text.keys.search} />
        <KeyRow keys={['?']} does={text.keys.list} />
        <KeyRow keys={['Esc']} does={text.keys.closeLayer} />
      </dl>
    </Dialog>
  );
}

function KeyRow({ keys, between = text.keys.afterwards, does }: { keys: string[]; between?: string; does: string }) {
  return (
    <>
      <dt>{does}</dt>
      <dd className="flex items-center gap-1.5 text-label text-text-2">
        {keys.map((key, place) => (
          <span key={key} className="flex items-center gap-1.5">
            {place > 0 && between}
            <kbd className="rounded-chip border bg-surface px-1.5 py-0.5 font-mono text-label text-text">{key}</kbd>
          </span>
        ))}
      </dd>
    </>
  );
}

import { Menu } from '@base-ui/react/menu';
import { Bookmark, Check } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { notify } from '../lib/announcements.ts';
import { longestViewName, readViews, type SavedView, sameSearch, withView, writeViews } from '../lib/saved-views.ts';
import { useUser } from '../lib/use-user.ts';
import { text } from '../strings/en.ts';
import { Button, buttonStyle } from './button.tsx';
import { Dialog, DialogActions } from './dialog.tsx';
import { TextField } from './field.tsx';

const words = text.views;
const item =
  'flex min-h-8 cursor-default items-center gap-2.5 px-3 outline-none data-highlighted:bg-hover data-disabled:text-text-3 pointer-coarse:min-h-11';

/** The ways to look at a page that this user keeps in this browser. */
export function SavedViewsMenu({
  page,
  search,
  onOpen,
}: {
  /** What the views are of: each page has its own. */
  page: string;
  search: Readonly<Record<string, unknown>>;
  onOpen: (search: Record<string, unknown>) => void;
}) {
  const userId = useUser().id;
  const [views, setViews] = useState(() => readViews(page, userId));
  const [naming, setNaming] = useState(false);
  const current = views.find(view => sameSearch(view.search, search));
  const keep = (next: SavedView[], done: string) => {
    const kept = writeViews(page, userId, next);
    setViews(next);
    notify(kept ? done : words.notKept);
  };
  return (
    <>
      <Menu.Root>
        <Menu.Trigger className={buttonStyle({ className: 'max-w-48' })}>
          <Bookmark aria-hidden="true" className="size-4 shrink-0" />
          <span className="truncate">{current?.name ?? words.title}</span>
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner side="bottom" align="end" sideOffset={4} collisionPadding={8} className="z-40">
            <Menu.Popup className="layer-motion max-h-(--available-height) w-64 overflow-y-auto rounded-panel border bg-raised py-1.5 shadow-layer outline-none">
              {views.length === 0 && <p className="px-3 py-1.5 text-table text-text-2">{words.none}</p>}
              {views.map(view => (
                <Menu.Item key={view.name} className={item} onClick={() => onOpen({ ...view.search })}>
                  <span aria-hidden="true" className="grid size-4 shrink-0 place-items-center text-accent">
                    {view === current && <Check className="size-4" />}
                  </span>
                  <span className="truncate">{view.name}</span>
                </Menu.Item>
              ))}
              <Menu.Separator className="my-1.5 border-t" />
              <Menu.Item className={item} disabled={current !== undefined} onClick={() => setNaming(true)}>
                {words.save}
              </Menu.Item>
              {current && (
                <Menu.Item
                  className={item}
                  onClick={() =>
                    keep(
                      views.filter(view => view !== current),
                      words.removed(current.name),
                    )
                  }
                >
                  {words.remove(current.name)}
                </Menu.Item>
              )}
              <p className="px-3 pt-1.5 text-label text-text-3">{words.where}</p>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      {naming && (
        <NameDialog
          taken={views.map(({ name }) => name)}
          onClose={() => setNaming(false)}
          onName={name => {
            keep(withView(views, { name, search: { ...search } }), words.saved(name));
            setNaming(false);
          }}
        />
      )}
    </>
  );
}

function NameDialog({
  taken,
  onName,
  onClose,
}: {
  taken: readonly string[];
  onName: (name: string) => void;
  onClose: () => void;
}) {
  const [name, setName] = useState('');
  const trimmed = name.trim();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (trimmed !== '') onName(trimmed);
  };
  return (
    <Dialog open title={words.saveTitle} description={words.saveBody} onClose={onClose}>
      <form onSubmit={submit}>
        <div className="p-4">
          <TextField
            label={words.name}
            value={name}
            maxLength={longestViewName}
            autoComplete="off"
            help={taken.includes(trimmed) ? words.replaces : undefined}
            onChange={event => setName(event.target.value)}
          />
        </div>
        <DialogActions onCancel={onClose}>
          <Button type="submit" look="primary" disabled={trimmed === ''}>
            {text.save}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

// biome-ignore-all lint/a11y/useSemanticElements: a list that is moved through while the focus stays in the field has no element in HTML
// biome-ignore-all lint/a11y/useFocusableInteractive: the field has the focus, and says which of them is meant
import { Dialog as Base } from '@base-ui/react/dialog';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import clsx from 'clsx';
import { Search } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { backdropStyle } from '../../../components/dialog.tsx';
import { shownNumber } from '../../../lib/call-person.ts';
import { formatWhen } from '../../../lib/format.ts';
import { spacedNumber } from '../../../lib/phone-number.ts';
import { useSettled } from '../../../lib/use-settled.ts';
import { useMay } from '../../../lib/use-user.ts';
import { text } from '../../../strings/en.ts';
import { paletteCampaignsQuery, searchQuery } from '../api/search.ts';
import { matches, nextPlace, questionsOf } from '../palette-match.ts';

const words = text.palette;
const pauseMs = 200;

/** A page or a command that this user may use. */
export interface PaletteEntry {
  readonly id: string;
  readonly group: 'pages' | 'commands';
  readonly label: string;
  readonly hint?: string | undefined;
  readonly run: () => void;
}

type Result = Omit<PaletteEntry, 'group'> & { readonly group: keyof typeof words.groups };

/** Finds a page, a command, a person, a call or a campaign by a few letters. It opens confirmations and never skips them. */
export function CommandPalette({ entries, onClose }: { entries: readonly PaletteEntry[]; onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const [place, setPlace] = useState(0);
  const { results, searching, failed } = useResults(typed, entries);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const shown = Math.min(place, results.length - 1);
  const current = results[shown];
  const marked = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the marked one is seen whenever another one is
  useEffect(() => {
    const [option, box] = [marked.current, marked.current?.closest<HTMLElement>('[role=listbox]')];
    if (!option || !box) return;
    // Within its own box: scrolling into view would move the page behind it, too.
    const top = option.offsetTop;
    if (top < box.scrollTop) box.scrollTop = shown === 0 ? 0 : top;
    else if (top + option.offsetHeight > box.scrollTop + box.clientHeight)
      box.scrollTop = top + option.offsetHeight - box.clientHeight;
  }, [current?.id]);
  const run = (result: Result) => {
    onClose();
    result.run();
  };
  const pressed = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step !== undefined) setPlace(nextPlace(shown, step, results.length));
    else if (event.key === 'Enter' && current) run(current);
    else return;
    event.preventDefault();
  };
  return (
    <Base.Root open onOpenChange={next => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={backdropStyle} />
        <Base.Popup
          initialFocus={input}
          className="layer-motion fixed top-[max(1rem,12dvh)] left-1/2 z-40 flex max-h-[min(34rem,76dvh)] w-[min(38rem,calc(100vw-1.5rem))] -translate-x-1/2 flex-col overflow-hidden rounded-panel border bg-raised shadow-layer outline-none"
        >
          <Base.Title className="visually-hidden">{words.title}</Base.Title>
          <div className="relative shrink-0 border-b">
            <Search aria-hidden="true" className="absolute top-1/2 left-4 size-4 -translate-y-1/2 text-text-3" />
            <input
              ref={input}
              role="combobox"
              aria-label={words.title}
              aria-expanded="true"
              aria-controls={list}
              aria-autocomplete="list"
              aria-activedescendant={current ? `${list}-${current.id}` : undefined}
              placeholder={words.placeholder}
              autoComplete="off"
              spellCheck={false}
              value={typed}
              onChange={event => {
                setTyped(event.target.value);
                setPlace(0);
              }}
              onKeyDown={pressed}
              className="h-12 w-full bg-transparent pr-4 pl-10 text-section outline-none placeholder:text-text-3 focus-visible:outline-none"
            />
          </div>
          <div id={list} role="listbox" aria-label={words.title} className="relative min-h-0 overflow-y-auto py-1.5">
            {groupsOf(results).map(({ group, members }) => (
              <div key={group} role="group" aria-labelledby={`${list}-${group}`}>
                <div id={`${list}-${group}`} className="px-4 pt-2 pb-1 font-medium text-label text-text-2">
                  {words.groups[group]}
                </div>
                {members.map(result => (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: Enter in the field does the same
                  <div
                    key={result.id}
                    id={`${list}-${result.id}`}
                    ref={result === current ? marked : null}
                    role="option"
                    aria-selected={result === current}
                    onClick={() => run(result)}
                    onPointerMove={() => setPlace(results.indexOf(result))}
                    className={clsx(
                      'flex min-h-8 cursor-default items-center gap-3 border-l-3 px-4 py-1 pointer-coarse:min-h-11',
                      result === current ? 'border-accent bg-hover' : 'border-transparent',
                    )}
                  >
                    <span className="min-w-0 flex-1 truncate">{result.label}</span>
                    {result.hint && (
                      <span className="max-w-1/2 shrink-0 truncate text-table text-text-2">{result.hint}</span>
                    )}
                  </div>
                ))}
              </div>
            ))}
          </div>
          {results.length === 0 && !searching && (
            <div className="px-4 pb-5 text-center">
              <p className="font-medium">{words.none}</p>
              <p className="text-text-2">{words.noneHow}</p>
            </div>
          )}
          <p role="status" className="shrink-0 border-t bg-sunken px-4 py-1.5 text-label text-text-2">
            {failed ? words.failed : searching ? words.searching : words.found(results.length)}
          </p>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** Neighbours of one group together, in the order of their first. */
function groupsOf(results: readonly Result[]): { group: Result['group']; members: Result[] }[] {
  const groups = new Map<Result['group'], Result[]>();
  for (const result of results) groups.set(result.group, [...(groups.get(result.group) ?? []), result]);
  return [...groups].map(([group, members]) => ({ group, members }));
}

function useResults(typed: string, entries: readonly PaletteEntry[]) {
  const navigate = useNavigate();
  const sees = { people: useMay('contacts:read'), calls: useMay('calls:read') };
  const seesCampaigns = useMay('campaigns:read');
  const settled = useSettled(typed, pauseMs);
  const asked = questionsOf(settled);
  const search = useQuery({ ...searchQuery(settled, sees), enabled: Boolean(asked.people ?? asked.calls) });
  const campaigns = useQuery({ ...paletteCampaignsQuery, enabled: seesCampaigns });
  const { callId } = questionsOf(typed);
  const found = asked.people || asked.calls ? search.data : undefined;
  const results = useMemo((): Result[] => {
    const here = entries.filter(({ label }) => matches(label, typed));
    const named = typed.trim() === '' ? [] : (campaigns.data ?? []).filter(({ name }) => matches(name, typed));
    return [
      ...(callId && sees.calls
        ? [
            {
              id: 'call-id',
              group: 'calls' as const,
              label: words.call(callId),
              run: () => void navigate({ to: '/calls/$sid', params: { sid: callId } }),
            },
          ]
        : []),
      ...here,
      ...named.slice(0, 5).map(({ id, name }) => ({
        id: `campaign-${id}`,
        group: 'campaigns' as const,
        label: name,
        run: () => void navigate({ to: '/campaigns/$id', params: { id } }),
      })),
      ...(found?.people ?? []).map(({ id, name, phone, company }) => ({
        id: `person-${id}`,
        group: 'people' as const,
        label: name ?? spacedNumber(phone),
        hint: [name === null ? null : spacedNumber(phone), company].filter(Boolean).join(' · '),
        run: () => void navigate({ to: '/contacts/$contactId', params: { contactId: id } }),
      })),
      ...(found?.calls ?? []).map(call => ({
        id: `call-${call.id}`,
        group: 'calls' as const,
        label: [call.contactName, shownNumber(call)].filter(Boolean).join(' · '),
        hint: formatWhen(Date.parse(call.createdAt), { now: Date.now() }),
        run: () => void navigate({ to: '/calls/$sid', params: { sid: call.id } }),
      })),
    ];
  }, [typed, entries, campaigns.data, found, callId, sees.calls, navigate]);
  return {
    results,
    searching: search.isFetching || settled !== typed,
    failed: search.isError || (seesCampaigns && campaigns.isError),
  };
}

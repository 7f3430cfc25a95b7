import { LayoutGrid, Rows3 } from 'lucide-react';
import { Button } from '../../../components/button.tsx';
import { FilterBar, FilterChoice, SearchBox } from '../../../components/filter-bar.tsx';
import { useAgentNames } from '../../../lib/agents.ts';
import type { LiveEntry } from '../../../lib/live/live-calls.ts';
import { text } from '../../../strings/en.ts';
import { liveText } from '../../../strings/live.ts';
import { flagsOf, type WallFlag, type WallOrder, wallFlags, wallOrders } from '../shown.ts';

const words = liveText.filter;
export interface WallView {
  readonly q: string;
  readonly state: string;
  readonly campaign: string;
  readonly agent: string;
  readonly flag: WallFlag | '';
  readonly order: WallOrder;
  readonly shape: 'cards' | 'rows';
}

/** One line: text, campaign, agent, state, flag, order, cards or rows. What would leave out nothing is not offered. */
export function WallFilter({
  view,
  entries,
  hasFlags,
  narrow,
  onChange,
}: {
  view: WallView;
  entries: ReadonlyMap<string, LiveEntry>;
  hasFlags: boolean;
  /** Beside the panel of a call: filters open on demand, so that they take one line. */
  narrow: boolean;
  onChange: (changes: Partial<WallView>) => void;
}) {
  const agents = useAgentNames();
  const calls = [...entries.values()].map(({ call }) => call);
  /** What is on the wall now, and what was chosen, gone meanwhile. */
  const values = (of: (call: (typeof calls)[number]) => string | null | undefined, chosen: string) =>
    [...new Set([...calls.map(of), chosen])].filter(each => typeof each === 'string' && each !== '') as string[];
  const states = values(call => call.status, view.state);
  const campaigns = values(call => call.campaignName, view.campaign).sort((one, other) => one.localeCompare(other));
  const speaking = values(call => call.agentId, view.agent).filter(id => agents.has(id) || id === view.agent);
  const isFlagged = view.flag !== '' || [...entries.values()].some(entry => flagsOf(entry).length > 0);
  const orders = wallOrders.filter(
    order => (order !== 'risk' || hasFlags) && (order !== 'campaign' || campaigns.length > 1 || view.order === order),
  );
  return (
    <FilterBar
      label={words.label}
      count={[view.state, view.campaign, view.agent, view.flag].filter(each => each !== '').length}
      search={<SearchBox label={words.text} value={view.q} onChange={q => onChange({ q })} />}
      narrow={narrow}
      aside={
        <>
          <FilterChoice
            label={words.order}
            value={view.order}
            options={orders.map(order => [order, words.orders[order]] as const)}
            onChange={order => onChange({ order: order as WallOrder })}
          />
          <ShapeChoice shape={view.shape} onShape={shape => onChange({ shape })} />
        </>
      }
    >
      {(campaigns.length > 1 || view.campaign !== '') && (
        <FilterChoice
          label={words.campaign}
          value={view.campaign}
          options={[['', words.anyCampaign], ...campaigns.map(name => [name, name] as const)]}
          onChange={campaign => onChange({ campaign })}
        />
      )}
      {(speaking.length > 1 || view.agent !== '') && (
        <FilterChoice
          label={words.agent}
          value={view.agent}
          options={[['', words.anyAgent], ...speaking.map(id => [id, agents.get(id) ?? id] as const)]}
          onChange={agent => onChange({ agent })}
        />
      )}
      {isFlagged && (
        <FilterChoice
          label={words.flag}
          value={view.flag}
          options={[['', words.anyFlag], ...wallFlags.map(flag => [flag, words.flags[flag]] as const)]}
          onChange={flag => onChange({ flag: flag as WallFlag | '' })}
        />
      )}
      <FilterChoice
        label={words.state}
        value={view.state}
        options={[['', words.anyState], ...states.map(state => [state, text.callStates[state] ?? state] as const)]}
        onChange={state => onChange({ state })}
      />
    </FilterBar>
  );
}

function ShapeChoice({ shape, onShape }: { shape: WallView['shape']; onShape: (shape: WallView['shape']) => void }) {
  return (
    <fieldset className="hidden gap-1 tablet:flex">
      <legend className="visually-hidden">{words.shape}</legend>
      {(['cards', 'rows'] as const).map(each => (
        <Button
          key={each}
          size="icon"
          look={shape === each ? 'outlined' : 'quiet'}
          aria-label={words[each]}
          aria-pressed={shape === each}
          data-pressed={shape === each || undefined}
          onClick={() => onShape(each)}
        >
          {each === 'cards' ? (
            <LayoutGrid aria-hidden="true" className="size-4" />
          ) : (
            <Rows3 aria-hidden="true" className="size-4" />
          )}
        </Button>
      ))}
    </fieldset>
  );
}

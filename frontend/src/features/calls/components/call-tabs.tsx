import { Tabs } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { Fact, FactList } from '../../../components/fact-list.tsx';
import { resultWord } from '../../../components/outcome-mark.tsx';
import { codeInWords } from '../../../lib/code-words.ts';
import { formatFullTime, formatMoney, formatMs } from '../../../lib/format.ts';
import { callsText } from '../../../strings/calls.ts';
import type { Call, CallEvent } from '../api/calls.ts';
import { toolRuns } from '../call-events.ts';
import { delaysOf, medianOf } from '../call-facts.ts';
import { type CallTab, callTabs } from '../call-search.ts';
import { keptVerdict } from '../verdict-words.ts';
import { CallEvents } from './call-events.tsx';
import { VerdictList } from './verdict-list.tsx';

const words = callsText.tabs;

export interface CallTabsProps {
  readonly call: Call;
  readonly events: readonly CallEvent[] | undefined;
  readonly eventsError: unknown;
  readonly onRetryEvents: () => void;
  readonly tab: CallTab;
  readonly onTab: (tab: CallTab) => void;
  readonly onSeek: ((ms: number) => void) | null;
}

/** What is known of a call beside what was said. What this call has nothing of is absent. */
export function CallTabs({ call, events, eventsError, onRetryEvents, tab, onTab, onSeek }: CallTabsProps) {
  const tools = toolRuns(events ?? []);
  const verdict = keptVerdict(call.verdict);
  const there: Record<CallTab, boolean> = {
    events: true,
    allowed: verdict !== null,
    analysis: call.analysis != null || call.summary != null,
    tools: tools.length > 0,
    delay: delaysOf(call.latency).length > 0,
    cost: call.cost !== null,
    raw: true,
  };
  const shown = callTabs.filter(each => there[each]);
  const open = shown.includes(tab) ? tab : 'events';
  return (
    <Tabs.Root
      value={open}
      onValueChange={next => onTab(next as CallTab)}
      className="flex min-h-0 min-w-0 flex-1 flex-col"
    >
      <Tabs.List aria-label={words.label} className="flex shrink-0 gap-4 overflow-x-auto border-b px-3 tablet:px-4">
        {shown.map(each => (
          <Tabs.Tab
            key={each}
            value={each}
            className="flex h-10 shrink-0 cursor-pointer items-center border-transparent border-b-2 pt-0.5 font-medium text-text-2 hover:text-text focus-visible:-outline-offset-2 aria-selected:border-accent aria-selected:text-text pointer-coarse:h-11"
          >
            {words.names[each]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel
        value={open}
        className="min-h-0 flex-1 overflow-y-auto px-3 py-3 focus-visible:-outline-offset-2 tablet:px-4"
      >
        {open === 'events' &&
          (eventsError && !events ? (
            <ErrorPart what={words.eventsFailed} error={eventsError} onRetry={onRetryEvents} />
          ) : (
            events && <CallEvents call={call} events={events} onSeek={onSeek} />
          ))}
        {open === 'allowed' && verdict && (
          <>
            <p className="pb-3 text-text-2">
              {verdict.allowed
                ? words.allowed(formatFullTime(Date.parse(verdict.at)))
                : words.refused(formatFullTime(Date.parse(verdict.at)))}{' '}
              {words.policy(verdict.policyVersion)}
            </p>
            <VerdictList verdict={verdict} />
          </>
        )}
        {open === 'analysis' && <AnalysisPart call={call} />}
        {open === 'tools' && (
          <FactList>
            {tools.map(run => (
              <Fact key={run.seq} name={run.name} state={words.toolStates[run.state]}>
                {run.ms === null ? null : formatMs(run.ms)}
              </Fact>
            ))}
          </FactList>
        )}
        {open === 'delay' && <DelayPart latency={call.latency} />}
        {open === 'cost' && call.cost && <CostPart cost={call.cost} />}
        {open === 'raw' && <RawPart value={call} />}
      </Tabs.Panel>
    </Tabs.Root>
  );
}

function AnalysisPart({ call: { analysis, summary, result } }: { call: Call }) {
  return (
    <div className="grid gap-4">
      {summary && <p className="max-w-[78ch]">{summary}</p>}
      {analysis && (
        <FactList>
          {analysis.success && <Fact name={words.success} state={words.successes[analysis.success]} />}
          {analysis.criteria.map(each => (
            <Fact key={each.id} name={codeInWords(each.id)} state={words.successes[each.result] ?? each.result}>
              {each.rationale}
            </Fact>
          ))}
          {analysis.collected.map(each => (
            <Fact
              key={each.id}
              name={codeInWords(each.id)}
              // What a person said is shown as it was said; the result is a code of ours.
              state={
                each.value === null ? words.nothing : each.value === result ? resultWord(result) : String(each.value)
              }
            >
              {each.rationale}
            </Fact>
          ))}
        </FactList>
      )}
      {!analysis && !summary && <EmptyPart what={words.noAnalysis} />}
    </div>
  );
}

const goodMs = 800;
const lateMs = 1_500;

function DelayPart({ latency }: { latency: Call['latency'] }) {
  const delays = delaysOf(latency);
  const longest = Math.max(lateMs, ...delays);
  const firstWord = latency?.['firstWordMs'];
  return (
    <>
      <p className="pb-3 text-text-2">
        {words.delays(formatMs(medianOf(delays) ?? 0), delays.filter(ms => ms > lateMs).length)}
        {typeof firstWord === 'number' && ` ${words.firstWord(formatMs(firstWord))}`}
      </p>
      <ol className="grid gap-1">
        {delays.map((ms, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an answer keeps its place
          <li key={place} className="grid grid-cols-[2rem_minmax(0,1fr)_4.5rem] items-center gap-2 text-table">
            <span className="text-text-3">{place + 1}</span>
            <span className="h-3">
              <span
                data-mark
                className={`block h-full rounded-chip ${ms > lateMs ? 'bg-m-bad' : ms > goodMs ? 'bg-m-warn' : 'bg-m-idle'}`}
                style={{ width: `${(ms / longest) * 100}%` }}
              />
            </span>
            <span className="text-right">{formatMs(ms)}</span>
          </li>
        ))}
      </ol>
    </>
  );
}

function CostPart({ cost }: { cost: NonNullable<Call['cost']> }) {
  const line = (name: string, amount: ReactNode, note: ReactNode) => (
    <Fact key={name} name={name} state={amount}>
      {note}
    </Fact>
  );
  return (
    <FactList>
      {cost.parts.map(part =>
        line(
          words.costParts[part.part] ?? part.part,
          formatMoney(part.amount, part.currency),
          part.estimated ? words.estimated : words.billed,
        ),
      )}
      {line(
        words.costTotal,
        <strong className="font-semibold">{formatMoney(cost.amount, cost.currency)}</strong>,
        cost.missingRates.length > 0 ? words.missingRates(cost.missingRates.join(', ')) : null,
      )}
    </FactList>
  );
}

function RawPart({ value }: { value: unknown }) {
  return (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="overflow-x-auto font-mono text-label text-text-2"
    >
      {JSON.stringify(value, null, 2)}
    </pre>
  );
}

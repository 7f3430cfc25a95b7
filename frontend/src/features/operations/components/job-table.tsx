import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { EmptyList } from '../../../components/empty-list.tsx';
import { FilterBar, SearchBox } from '../../../components/filter-bar.tsx';
import { PagedList } from '../../../components/paged-list.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { RowMenu } from '../../../components/row-menu.tsx';
import { type StateKind, StateMark } from '../../../components/state-mark.tsx';
import { When } from '../../../components/when.tsx';
import { present } from '../../../lib/address-words.ts';
import { useMay } from '../../../lib/use-user.ts';
import { text } from '../../../strings/en.ts';
import { operationsText } from '../../../strings/operations.ts';
import { type Job, type JobState, jobsQuery, useDiscardJob, useReplayJob } from '../api/operations.ts';
import { type JobsSearch, jobStates } from '../operations-search.ts';
import { StateChoice } from './state-choice.tsx';

const words = operationsText.jobs;
const marks: Record<JobState, StateKind> = { queued: 'idle', running: 'running', done: 'passed', dead: 'failed' };

/** Work in the background; what failed for good can be run again or discarded. */
export function JobTable({ search, onChange }: { search: JobsSearch; onChange: (next: JobsSearch) => void }) {
  const { state, name } = search;
  const query = useInfiniteQuery(jobsQuery(present({ state, name })));
  const mayChange = useMay('jobs:write');
  const [asking, setAsking] = useState<{ what: 'replay' | 'discard'; job: Job } | null>(null);
  const close = () => setAsking(null);
  const columns: Column<Job>[] = [
    {
      header: words.columns.name,
      phone: 'lead',
      cell: job => <span className="break-all font-medium">{job.name}</span>,
    },
    {
      header: words.columns.state,
      cell: job => <StateMark kind={marks[job.state]}>{words.states[job.state]}</StateMark>,
    },
    {
      header: words.columns.about,
      cell: ({ payload, tick }) => {
        const about = Object.values(payload).map(each =>
          typeof each === 'object' ? JSON.stringify(each) : String(each),
        );
        if (about.length === 0) return tick ? <When value={tick} /> : null;
        return <code className="break-all font-mono text-label text-text-2">{about.join(' ')}</code>;
      },
    },
    { header: words.columns.attempts, align: 'right', cell: ({ attempts }) => attempts },
    { header: words.columns.when, phone: 'omit', cell: ({ createdAt }) => <When value={createdAt} /> },
    {
      header: words.columns.next,
      cell: ({ finishedAt, dueAt }) => {
        const at = finishedAt ?? dueAt;
        return at ? <When value={at} /> : null;
      },
    },
    {
      header: words.columns.problem,
      cell: ({ problem }) =>
        problem ? (
          <span className="block max-w-[50ch] break-words">
            {problem.message} <code className="font-mono text-label text-text-2">{problem.code}</code>
          </span>
        ) : null,
    },
  ];
  if (mayChange)
    columns.push({
      header: text.more,
      phone: 'action',
      align: 'right',
      width: 'w-12',
      cell: job =>
        (job.state === 'dead' || job.state === 'queued') && (
          <RowMenu
            label={words.actionsFor(job.name)}
            actions={[
              ...(job.state === 'dead'
                ? [{ label: words.replay, onSelect: () => setAsking({ what: 'replay', job }) }]
                : []),
              { label: words.discard, danger: true, onSelect: () => setAsking({ what: 'discard', job }) },
            ]}
          />
        ),
    });
  return (
    <>
      <FilterBar
        label={words.filter}
        count={state === undefined ? 0 : 1}
        search={
          <SearchBox
            label={words.find}
            value={name ?? ''}
            afterMs={600}
            onChange={typed => onChange(present({ ...search, name: typed.trim() === '' ? undefined : typed.trim() }))}
          />
        }
      >
        <StateChoice
          words={words}
          states={jobStates}
          value={state}
          onChange={next => onChange(present({ ...search, state: next }))}
        />
      </FilterBar>
      <PagedList
        query={query}
        failed={words.failed}
        moreLabel={text.loadEarlier}
        end={words.end}
        empty={
          <EmptyList
            words={words}
            filtered={state !== undefined || name !== undefined}
            onShowAll={() => onChange({})}
          />
        }
      >
        {jobs => <RecordTable label={words.title} columns={columns} rows={jobs} rowKey={({ id }) => id} />}
      </PagedList>
      {asking?.what === 'replay' && <ReplayDialog job={asking.job} onClose={close} />}
      {asking?.what === 'discard' && <DiscardDialog job={asking.job} onClose={close} />}
    </>
  );
}

function ReplayDialog({ job, onClose }: { job: Job; onClose: () => void }) {
  const replay = useReplayJob();
  return (
    <ConfirmAct
      harmless
      title={words.replayTitle(job.name)}
      body={words.replayBody}
      act={words.replay}
      failed={words.replayFailed}
      onClose={onClose}
      mutation={replay}
      input={job.id}
      said={() => words.replayed}
    />
  );
}

function DiscardDialog({ job, onClose }: { job: Job; onClose: () => void }) {
  const discard = useDiscardJob();
  return (
    <ConfirmAct
      title={words.discardTitle(job.name)}
      body={words.discardBody}
      act={words.discard}
      failed={words.discardFailed}
      onClose={onClose}
      mutation={discard}
      input={job.id}
      said={() => words.discarded}
    />
  );
}

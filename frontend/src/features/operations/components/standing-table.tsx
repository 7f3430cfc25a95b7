import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { Dialog, DialogActions } from '../../../components/dialog.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { type StateKind, StateMark } from '../../../components/state-mark.tsx';
import { When } from '../../../components/when.tsx';
import { WholeList } from '../../../components/whole-list.tsx';
import { formatCount } from '../../../lib/format.ts';
import { useMay } from '../../../lib/use-user.ts';
import { text } from '../../../strings/en.ts';
import { operationsText } from '../../../strings/operations.ts';
import { type RepairReport, repairPlanQuery, type Standing, standingQuery, useRepair } from '../api/operations.ts';
import { isRight } from '../standing.ts';

const words = operationsText.calling.standing;
const repairWords = operationsText.calling.repair;

const marks: Partial<Record<Standing['state'], StateKind>> = { running: 'running', error: 'urgent', idle: 'idle' };

/** Where every open campaign stands, counted now; each can be compared with its calls and put right. */
export function StandingTable() {
  const query = useQuery(standingQuery);
  const mayRepair = useMay('system:write');
  const [checking, setChecking] = useState<Standing | null>(null);
  const columns: Column<Standing>[] = [
    {
      header: words.columns.name,
      phone: 'lead',
      cell: ({ id, name }) => (
        <Link to="/campaigns/$id" params={{ id }} className="font-medium text-accent hover:underline">
          {name}
        </Link>
      ),
    },
    {
      header: words.columns.state,
      cell: ({ state, cause }) => (
        <div className="py-1">
          <StateMark kind={marks[state] ?? 'blocked'}>{words.states[state] ?? state}</StateMark>
          {cause && <p className="max-w-[60ch] break-words text-text-2">{cause.message}</p>}
        </div>
      ),
    },
    { header: words.columns.waiting, align: 'right', cell: ({ people }) => formatCount(people.waiting) },
    {
      header: words.columns.live,
      align: 'right',
      cell: ({ people }) => formatCount(people.dialing + people['in-call']),
    },
    { header: words.columns.done, align: 'right', cell: ({ people }) => formatCount(people.done) },
    {
      header: words.columns.due,
      cell: ({ nextDueAt }) => (nextDueAt === null ? null : <When value={nextDueAt} />),
    },
    {
      header: words.columns.leftBehind,
      align: 'right',
      cell: ({ leftBehind }) =>
        leftBehind === 0 ? formatCount(0) : <StateMark kind="attention">{formatCount(leftBehind)}</StateMark>,
    },
  ];
  if (mayRepair)
    columns.push({
      header: text.more,
      phone: 'action',
      align: 'right',
      width: 'w-20',
      cell: standing => (
        <Button size="dense" aria-label={words.checkOf(standing.name)} onClick={() => setChecking(standing)}>
          {words.check}
        </Button>
      ),
    });
  return (
    <>
      <WholeList
        query={query}
        rows={({ campaigns }) => campaigns}
        failed={words.failed}
        empty={<EmptyPart what={words.empty} how={words.emptyHow} />}
      >
        {campaigns => <RecordTable label={words.title} columns={columns} rows={campaigns} rowKey={({ id }) => id} />}
      </WholeList>
      {checking && <CheckDialog id={checking.id} name={checking.name} onClose={() => setChecking(null)} />}
    </>
  );
}

/** What differs; with something to put right it becomes a question. */
function CheckDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const plan = useQuery(repairPlanQuery(id));
  const repair = useRepair(id);
  const title = repairWords.title(name);
  if (plan.data && !isRight(plan.data))
    return (
      <ConfirmAct
        harmless
        title={title}
        body={repairWords.wrong}
        act={repairWords.act}
        failed={repairWords.actFailed}
        onClose={onClose}
        mutation={repair}
        input={undefined}
        said={() => repairWords.done(name)}
      >
        <Differences report={plan.data} />
      </ConfirmAct>
    );
  return (
    <Dialog open onClose={onClose} title={title} description={repairWords.body}>
      <div className="p-4">
        {plan.isPending && <p role="status">{repairWords.looking}</p>}
        {plan.isError && <ErrorPart what={repairWords.failed} error={plan.error} onRetry={() => void plan.refetch()} />}
        {plan.data && (
          <p role="status">
            <StateMark kind="passed">{repairWords.right}</StateMark>
          </p>
        )}
      </div>
      <DialogActions>
        <Button onClick={onClose}>{text.close}</Button>
      </DialogActions>
    </Dialog>
  );
}

function Differences({ report: { completes, places, reservations, counters, recounted } }: { report: RepairReport }) {
  const lines = [
    ...(completes ? [repairWords.completes] : []),
    ...(places > 0 ? [repairWords.places(places)] : []),
    ...(reservations > 0 ? [repairWords.reservations(reservations)] : []),
    ...counters.map(({ counter, is, should }) => repairWords.counter(counter, is, should)),
    ...(recounted > 0 ? [repairWords.recounted(recounted)] : []),
  ];
  return (
    <ul className="mt-3 list-disc pl-5">
      {lines.map(line => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

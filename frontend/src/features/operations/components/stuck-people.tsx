import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { useMay } from '../../../lib/use-user.ts';
import { operationsText } from '../../../strings/operations.ts';
import { type ResetReport, useResetStuck } from '../api/operations.ts';

const words = operationsText.calling.stuck;
type Stuck = ResetReport['released'][number];
const link = 'text-accent hover:underline';

const columns: Column<Stuck>[] = [
  {
    header: words.columns.person,
    phone: 'lead',
    cell: ({ contactId }) => (
      <Link to="/contacts/$contactId" params={{ contactId }} className={`font-mono ${link}`}>
        {contactId}
      </Link>
    ),
  },
  {
    header: words.columns.call,
    cell: ({ callId }) => (
      <Link to="/calls/$sid" params={{ sid: callId }} className={link}>
        {words.open}
      </Link>
    ),
  },
  {
    header: words.columns.campaign,
    cell: ({ campaignId }) => (
      <Link to="/campaigns/$id" params={{ id: campaignId }} className={link}>
        {words.open}
      </Link>
    ),
  },
  { header: words.columns.reason, cell: ({ reason }) => <span className="break-words">{reason}</span> },
];

/** Looks for people whose process is gone, says who, and releases them when told to. */
export function StuckPeople() {
  const mayRelease = useMay('system:write');
  const look = useResetStuck();
  const [asking, setAsking] = useState(false);
  const { data } = look;
  if (!mayRelease) return null;
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Button disabled={look.isPending} onClick={() => look.mutate(true)}>
          {look.isPending ? words.looking : words.look}
        </Button>
        {data && data.released.length + data.left.length === 0 && (
          <p role="status">
            <StateMark kind="passed">{words.none}</StateMark>
          </p>
        )}
        {data && data.released.length > 0 && (
          <Button look="danger" onClick={() => setAsking(true)}>
            {words.release(data.released.length)}
          </Button>
        )}
      </div>
      {look.error && <ErrorPart what={words.failed} error={look.error} />}
      {data && data.released.length > 0 && (
        <>
          <p role="status">{words.found(data.released.length)}</p>
          <RecordTable
            flush
            label={words.found(data.released.length)}
            columns={columns}
            rows={data.released}
            rowKey={({ callId }) => callId}
          />
        </>
      )}
      {data && data.left.length > 0 && (
        <>
          <p>{words.left(data.left.length)}</p>
          <RecordTable
            flush
            label={words.left(data.left.length)}
            columns={columns}
            rows={data.left}
            rowKey={({ callId }) => callId}
          />
        </>
      )}
      {asking && data && (
        <ReleaseDialog
          count={data.released.length}
          onClose={() => setAsking(false)}
          onDone={() => {
            setAsking(false);
            look.reset();
          }}
        />
      )}
    </div>
  );
}

function ReleaseDialog({ count, onClose, onDone }: { count: number; onClose: () => void; onDone: () => void }) {
  const release = useResetStuck();
  return (
    <ConfirmAct
      title={words.releaseTitle(count)}
      body={words.releaseBody}
      act={words.release(count)}
      failed={words.releaseFailed}
      onClose={onClose}
      mutation={release}
      input={false}
      said={({ released }) => words.released(released.length)}
      onDone={onDone}
    />
  );
}

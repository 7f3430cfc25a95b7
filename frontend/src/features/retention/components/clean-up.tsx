import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { TextField } from '../../../components/field.tsx';
import { formatSize, formatWhen } from '../../../lib/format.ts';
import { retentionText as words } from '../../../strings/settings.ts';
import { retentionQuery, useCleanUp } from '../api/retention.ts';

/** Counts what is older than so many days; what was counted can then be removed, after a number was typed. */
export function CleanUpForm() {
  const usual = useQuery(retentionQuery).data?.find(({ what }) => what === 'recordings')?.days;
  const [typed, setTyped] = useState<string | null>(null);
  const count = useCleanUp();
  const [asking, setAsking] = useState(false);
  const shown = typed ?? (usual == null ? '' : String(usual));
  const days = Number(shown);
  const wrong = typed !== null && !(Number.isInteger(days) && days >= 1 && days <= 3650);
  const found = count.data;
  const before = found && formatWhen(Date.parse(found.before), { now: Date.now() });
  const empty = found && found.recordings + found.transcripts === 0;
  return (
    <div className="grid max-w-[78ch] gap-3">
      <form
        noValidate
        className="flex items-start gap-2"
        onSubmit={event => {
          event.preventDefault();
          if (!wrong && shown !== '') count.mutate({ olderThanDays: days, dryRun: true });
        }}
      >
        <div className="w-40">
          <TextField
            label={words.days}
            inputMode="numeric"
            autoComplete="off"
            value={shown}
            error={wrong ? words.daysInvalid : undefined}
            onChange={event => {
              setTyped(event.target.value.trim());
              count.reset();
            }}
          />
        </div>
        <Button type="submit" className="mt-5.5" disabled={count.isPending || wrong || shown === ''}>
          {count.isPending ? words.counting : words.count}
        </Button>
      </form>
      {count.error && <ErrorPart what={words.countFailed} error={count.error} />}
      {found && before && (
        <div className="flex flex-wrap items-center gap-3">
          <p role="status" className="min-w-0">
            {empty
              ? words.nothing(before)
              : words.found(found.recordings, formatSize(found.bytes), found.transcripts, before)}
          </p>
          {!empty && (
            <Button look="danger" onClick={() => setAsking(true)}>
              {words.remove}
            </Button>
          )}
        </div>
      )}
      {asking && found && (
        <RemoveDialog
          days={days}
          recordings={found.recordings}
          transcripts={found.transcripts}
          onClose={() => setAsking(false)}
          onDone={() => {
            setAsking(false);
            count.reset();
          }}
        />
      )}
    </div>
  );
}

function RemoveDialog({
  days,
  recordings,
  transcripts,
  onClose,
  onDone,
}: {
  days: number;
  recordings: number;
  transcripts: number;
  onClose: () => void;
  onDone: () => void;
}) {
  const remove = useCleanUp();
  return (
    <ConfirmAct
      title={words.removeTitle(words.removeWhat(recordings, transcripts))}
      body={words.removeBody}
      act={words.remove}
      typeToConfirm={String(recordings + transcripts)}
      failed={words.removeFailed}
      onClose={onClose}
      mutation={remove}
      input={{ olderThanDays: days, dryRun: false }}
      said={() => words.removing}
      onDone={onDone}
    />
  );
}

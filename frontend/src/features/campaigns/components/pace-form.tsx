import { useQuery } from '@tanstack/react-query';
import { Minus, Plus } from 'lucide-react';
import { type FormEvent, useEffect, useMemo, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { TextField } from '../../../components/field.tsx';
import { notify } from '../../../lib/announcements.ts';
import { formatDuration, formatWhen } from '../../../lib/format.ts';
import { useSettled } from '../../../lib/use-settled.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import { type Campaign, endAtPaceQuery, useChangeCampaign } from '../api/campaigns.ts';
import { type PaceFields, paceProblems, secondsFor, stepped, typedNumber } from '../pace-fields.ts';

const words = campaignsText.paceForm;
/** Numbers are typed digit by digit. */
const pauseMs = 300;
const fieldsOf = ({ callsPerSecond, maxConcurrent }: Campaign['pace']): PaceFields => ({
  callsPerSecond: String(callsPerSecond),
  maxConcurrent: String(maxConcurrent),
});

/** Pace and concurrency, changed while it runs; what holds is what the server says. */
export function PaceForm({
  campaign,
  waiting,
  endsAt,
}: {
  campaign: Campaign;
  /** How many people are still to be dialled. */
  waiting: number;
  /** When it ends at the pace that holds; null where nobody can say. */
  endsAt: string | null;
}) {
  const { callsPerSecond, maxConcurrent } = campaign.pace;
  const [fields, setFields] = useState(() => fieldsOf(campaign.pace));
  const [checked, setChecked] = useState(false);
  const change = useChangeCampaign(campaign.id);
  // Somebody else changed it: what holds now is shown, unless something is being typed here.
  useEffect(() => {
    setFields(fieldsOf({ callsPerSecond, maxConcurrent }));
  }, [callsPerSecond, maxConcurrent]);
  const problems = checked ? paceProblems(fields) : {};
  const held = fieldsOf(campaign.pace);
  const same = fields.callsPerSecond === held.callsPerSecond && fields.maxConcurrent === held.maxConcurrent;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (Object.keys(paceProblems(fields)).length > 0) return;
    change.mutate(
      {
        pace: {
          callsPerSecond: typedNumber(fields.callsPerSecond),
          maxConcurrent: typedNumber(fields.maxConcurrent),
        },
      },
      { onSuccess: () => notify(words.applied) },
    );
  };
  const type = (name: keyof PaceFields, value: string) => setFields(before => ({ ...before, [name]: value }));
  const seconds = secondsFor(waiting, fields);
  const asked = useSettled(
    useMemo(
      () =>
        Object.keys(paceProblems(fields)).length > 0
          ? null
          : {
              callsPerSecond: typedNumber(fields.callsPerSecond),
              maxConcurrent: typedNumber(fields.maxConcurrent),
            },
      [fields],
    ),
    pauseMs,
  );
  const asks = !same && campaign.state === 'running' && waiting > 0;
  const other = useQuery(endAtPaceQuery(campaign.id, asks ? asked : null)).data;
  const end = same ? endsAt : other;
  return (
    <form noValidate onSubmit={submit} className="grid max-w-160 gap-3">
      <div className="grid items-start gap-3 tablet:grid-cols-2">
        {(['callsPerSecond', 'maxConcurrent'] as const).map(name => (
          <div key={name} className="flex items-start gap-1">
            <div className="min-w-0 flex-1">
              <TextField
                label={words[name].label}
                help={words[name].help}
                inputMode={name === 'callsPerSecond' ? 'decimal' : 'numeric'}
                autoComplete="off"
                value={fields[name]}
                error={problems[name]}
                onChange={event => type(name, event.target.value)}
              />
            </div>
            {[false, true].map(up => (
              <Button
                key={String(up)}
                size="icon"
                className="mt-5.5"
                aria-label={up ? words.more(words[name].label) : words.less(words[name].label)}
                onClick={() => type(name, stepped(name, fields[name], up))}
              >
                {up ? <Plus aria-hidden="true" className="size-4" /> : <Minus aria-hidden="true" className="size-4" />}
              </Button>
            ))}
          </div>
        ))}
      </div>
      {seconds !== null && (
        <p className="text-text-2">
          {end
            ? words.doneAround(formatWhen(Date.parse(end), { now: Date.now() }))
            : words.takes(waiting, formatDuration(Math.ceil(seconds)))}
        </p>
      )}
      {change.isError && <ErrorPart what={words.failed} error={change.error} />}
      <div>
        <Button type="submit" disabled={same || change.isPending}>
          {change.isPending ? words.applying : words.apply}
        </Button>
      </div>
    </form>
  );
}

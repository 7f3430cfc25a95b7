import { type FormEvent, useEffect, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { TextField } from '../../../components/field.tsx';
import { notify } from '../../../lib/announcements.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import { type Campaign, useChangeCampaign } from '../api/campaigns.ts';
import { type PaceFields, paceProblems, typedNumber } from '../pace-fields.ts';

const words = campaignsText.paceForm;
const fieldsOf = ({ callsPerSecond, maxConcurrent }: Campaign['pace']): PaceFields => ({
  callsPerSecond: String(callsPerSecond),
  maxConcurrent: String(maxConcurrent),
});

/** Pace and concurrency, changed while it runs; what holds is what the server says. */
export function PaceForm({ campaign }: { campaign: Campaign }) {
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
  const type = (name: keyof PaceFields) => (event: { target: { value: string } }) =>
    setFields(before => ({ ...before, [name]: event.target.value }));
  return (
    <form noValidate onSubmit={submit} className="grid max-w-120 gap-3">
      <div className="grid gap-3 tablet:grid-cols-2">
        <TextField
          label={words.perSecond}
          help={words.perSecondHelp}
          inputMode="decimal"
          autoComplete="off"
          value={fields.callsPerSecond}
          error={problems.callsPerSecond}
          onChange={type('callsPerSecond')}
        />
        <TextField
          label={words.atOnce}
          help={words.atOnceHelp}
          inputMode="numeric"
          autoComplete="off"
          value={fields.maxConcurrent}
          error={problems.maxConcurrent}
          onChange={type('maxConcurrent')}
        />
      </div>
      {change.isError && <ErrorPart what={words.failed} error={change.error} />}
      <div>
        <Button type="submit" disabled={same || change.isPending}>
          {change.isPending ? words.applying : words.apply}
        </Button>
      </div>
    </form>
  );
}

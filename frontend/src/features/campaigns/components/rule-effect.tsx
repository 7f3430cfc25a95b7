import { useQuery } from '@tanstack/react-query';
import clsx from 'clsx';
import type { UseFormReturn } from 'react-hook-form';
import { campaignsText } from '../../../strings/campaigns.ts';
import { dryRunQuery } from '../api/campaigns.ts';
import { type CampaignDraft, type FillingStep, fieldsOf } from '../campaign-draft.ts';
import { type RuleGroup, ruleGroups } from '../rule-groups.ts';

const words = campaignsText.standing;

/** What each step of the wizard is given. */
export interface StepProps {
  readonly form: UseFormReturn<CampaignDraft>;
  /** Once the campaign is saved. */
  readonly id: string | undefined;
}

/** How many people the rules behind one control keep from a call; as it was saved, so it says where something was changed since. */
export function RuleEffect({ form, id, step, of }: StepProps & { step: FillingStep; of: RuleGroup }) {
  const { data: run, isFetching } = useQuery({ ...dryRunQuery(id ?? ''), enabled: id !== undefined });
  const { dirtyFields } = form.formState;
  if (!run) return isFetching ? <span className="block">{words.counting}</span> : null;
  if (run.people === 0) return null;
  const codes: readonly string[] = ruleGroups[of];
  const met = run.standing.rules.filter(({ code }) => codes.includes(code));
  const changed = fieldsOf(step).some(name => dirtyFields[name]);
  return (
    <span data-effect={of} className={clsx('block', (isFetching || changed) && 'text-text-3')}>
      {met.length === 0 && <span className="block">{words.keepsNobody(run.people)}</span>}
      {met.map(({ code, message, people, waits }) => (
        <span key={code} className="block font-medium">
          {words.keeps(people, run.people, waits, words.codes[code] ?? message)}
        </span>
      ))}
      {changed && <span className="block">{words.asSaved}</span>}
    </span>
  );
}

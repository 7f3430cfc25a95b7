import type { UseFormReturn } from 'react-hook-form';
import { SelectField, TextField } from '../../../components/field.tsx';
import { campaignsText } from '../../../strings/campaigns.ts';
import type { CampaignDraft } from '../campaign-draft.ts';
import { breakerLimits } from '../campaign-parts.ts';
import { within } from '../number-range.ts';
import { RuleEffect, type StepProps } from './rule-effect.tsx';

const words = campaignsText.wizard;
type Form = { form: UseFormReturn<CampaignDraft> };

export function HowFields({ form, id }: StepProps) {
  const { register, watch, formState } = form;
  const { errors } = formState;
  const machine = watch('machine');
  return (
    <div className="grid gap-4">
      <SelectField
        label={words.machine}
        help={words.machineHelp}
        error={errors.machine?.message}
        {...register('machine')}
      >
        <option value="">{campaignsText.rules.usualMachine}</option>
        {(['off', 'hang-up', 'continue', 'leave-message'] as const).map(each => (
          <option key={each} value={each}>
            {campaignsText.rules.machines[each]}
          </option>
        ))}
      </SelectField>
      {machine === 'leave-message' && (
        <TextField
          label={words.message}
          help={words.messageHelp}
          maxLength={1000}
          error={errors.machineMessage?.message}
          {...register('machineMessage')}
        />
      )}
      <SelectField
        label={words.record}
        help={
          <>
            {words.recordHelp}
            <RuleEffect form={form} id={id} step="how" of="record" />
          </>
        }
        error={errors.record?.message}
        {...register('record', { validate: chosen => chosen !== '' || words.recordMissing })}
      >
        <option value="">{words.choose}</option>
        <option value="no">{campaignsText.rules.records.no}</option>
        <option value="yes">{campaignsText.rules.records.yes}</option>
      </SelectField>
      <TextField
        label={words.limit}
        help={words.limitHelp}
        inputMode="decimal"
        error={errors.maxMinutes?.message}
        {...register('maxMinutes', { validate: within(0.5, 240, { empty: true }) })}
      />
      <div className="grid items-start gap-4 tablet:grid-cols-3">
        <TextField
          label={words.budget}
          help={words.budgetHelp}
          inputMode="decimal"
          error={errors.budget?.message}
          {...register('budget', { validate: within(0.01, 1e9, { empty: true }) })}
        />
        <TextField
          label={words.currency}
          maxLength={3}
          autoComplete="off"
          error={errors.currency?.message}
          {...register('currency')}
        />
        <SelectField label={words.per} {...register('budgetPer')}>
          <option value="total">{words.pers.total}</option>
          <option value="month">{words.pers.month}</option>
        </SelectField>
      </div>
      <TextField
        label={words.priority}
        help={words.priorityHelp}
        inputMode="numeric"
        error={errors.priority?.message}
        {...register('priority', { validate: within(0, 9, { whole: true }) })}
      />
      <Breaker form={form} />
    </div>
  );
}

/** When calls are paused because too many of them fail. */
function Breaker({ form }: Form) {
  const { register, watch, formState } = form;
  const own = watch('breakerKind') === 'own';
  const problems = formState.errors.breaker;
  return (
    <div className="grid gap-4">
      <SelectField
        label={words.breaker}
        help={own ? words.breakerOwnHelp : words.breakerHelp}
        error={formState.errors.breakerKind?.message}
        {...register('breakerKind')}
      >
        <option value="usual">{words.breakers.usual}</option>
        <option value="own">{words.breakers.own}</option>
      </SelectField>
      {own && (
        <div className="grid items-start gap-4 tablet:grid-cols-3">
          {(Object.keys(breakerLimits) as (keyof typeof breakerLimits)[]).map(name => {
            const [least, most] = breakerLimits[name];
            return (
              <TextField
                key={name}
                label={words.breakerFields[name]}
                inputMode="numeric"
                error={problems?.[name]?.message}
                {...register(`breaker.${name}`, { validate: within(least, most, { whole: true }) })}
              />
            );
          })}
        </div>
      )}
    </div>
  );
}

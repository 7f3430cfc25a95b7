import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ComponentProps } from 'react';
import { Controller, type FieldErrors, type UseFormReturn } from 'react-hook-form';
import { CheckField, SelectField, TextField } from '../../../components/field.tsx';
import { ListChoice } from '../../../components/list-choice.tsx';
import { agentsQuery } from '../../../lib/agents.ts';
import { ownTimeZone } from '../../../lib/date-range.ts';
import { useMay } from '../../../lib/use-user.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import type { CampaignDraft } from '../campaign-draft.ts';
import { typedNumber } from '../pace-fields.ts';

const words = campaignsText.wizard;
type Form = { form: UseFormReturn<CampaignDraft> };

const within =
  (least: number, most: number, { empty = false, whole = false } = {}) =>
  (typed: string) => {
    if (empty && typed.trim() === '') return true;
    const value = typedNumber(typed);
    return (value >= least && value <= most && (!whole || Number.isInteger(value))) || words.between(least, most);
  };

export function WhoFields({ form }: Form) {
  const mayImport = useMay('contacts:write');
  const { errors } = form.formState;
  return (
    <div className="grid gap-4">
      <Controller
        control={form.control}
        name="lists"
        rules={{ validate: lists => lists.length > 0 || words.noList }}
        render={({ field }) => (
          <ListChoice label={words.lists} chosen={field.value} onChange={lists => field.onChange([...lists])} />
        )}
      />
      {errors.lists && (
        <p role="alert" className="font-medium text-bad text-label">
          {errors.lists.message}
        </p>
      )}
      {mayImport && (
        <p className="text-text-2">
          {words.importHint}{' '}
          <Link to="/contacts/import" className="inline-flex min-h-6 items-center text-accent hover:underline">
            {words.import}
          </Link>
        </p>
      )}
    </div>
  );
}

export function WhatFields({ form }: Form) {
  const { register, watch, formState } = form;
  const { errors } = formState;
  const agents = useQuery({ ...agentsQuery, enabled: useMay('agents:read') });
  const contentClass = watch('contentClass');
  return (
    <div className="grid gap-4">
      <TextField
        label={words.name}
        autoComplete="off"
        maxLength={120}
        error={errors.name?.message}
        {...register('name', { validate: name => name.trim() !== '' || words.nameMissing })}
      />
      <SelectField label={words.agent} error={errors.agentId?.message} {...register('agentId')}>
        <option value="">{campaignsText.rules.usualAgent}</option>
        {agents.data?.items.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      <SelectField
        label={words.class}
        help={contentClass === '' ? words.classHelp : words.classes[contentClass]}
        error={errors.contentClass?.message}
        {...register('contentClass', { validate: chosen => chosen !== '' || words.classMissing })}
      >
        <option value="">{words.choose}</option>
        <option value="informational">{campaignsText.rules.classes.informational}</option>
        <option value="telemarketing">{campaignsText.rules.classes.telemarketing}</option>
        <option value="emergency">{campaignsText.rules.classes.emergency}</option>
      </SelectField>
      {contentClass === 'emergency' && (
        <TextField
          label={words.emergencyReason}
          maxLength={500}
          error={errors.emergencyReason?.message}
          {...register('emergencyReason', { validate: reason => reason.trim() !== '' || words.reasonMissing })}
        />
      )}
      <div className="grid gap-4 tablet:grid-cols-2">
        <TextField
          label={words.seller}
          help={words.sellerHelp}
          maxLength={200}
          error={errors.sellerName?.message}
          {...register('sellerName')}
        />
        <TextField
          label={words.callback}
          type="tel"
          autoComplete="off"
          help={words.callbackHelp}
          error={errors.sellerNumber?.message}
          {...register('sellerNumber')}
        />
      </div>
    </div>
  );
}

export function WhenFields({ form }: Form) {
  const { register, watch, formState } = form;
  const { errors } = formState;
  const hours = watch('hours');
  return (
    <div className="grid gap-5">
      <SelectField label={words.clock} error={errors.clock?.message} {...register('clock')}>
        <option value="contact">{words.clocks.contact}</option>
        <option value="own">{words.clocks.own(ownTimeZone())}</option>
      </SelectField>
      <fieldset className="grid gap-2">
        <legend className="mb-1 font-medium text-table">{words.hours}</legend>
        {hours.map((day, index) => {
          const name = words.days[index] ?? '';
          const wrong = errors.hours?.[index];
          return (
            <div key={name} className="grid grid-cols-[minmax(6rem,12rem)_7.5rem_7.5rem] items-center gap-2">
              <CheckField label={name} {...register(`hours.${index}.on`)} />
              <HourField
                label={words.from(name)}
                disabled={!day.on}
                invalid={wrong?.from !== undefined}
                {...register(`hours.${index}.from`)}
              />
              <HourField
                label={words.to(name)}
                disabled={!day.on}
                invalid={wrong?.to !== undefined}
                {...register(`hours.${index}.to`, {
                  validate: (to, all) =>
                    !all.hours[index]?.on || (to !== '' && to !== all.hours[index]?.from) || words.hoursWrong(name),
                })}
              />
            </div>
          );
        })}
        <p className="text-label text-text-2">{words.hoursHelp}</p>
        {hours.every(({ on }) => !on) && <p className="font-medium text-label text-warn">{words.noHours}</p>}
        {hourProblems(errors.hours).map(message => (
          <p key={message} role="alert" className="font-medium text-bad text-label">
            {message}
          </p>
        ))}
      </fieldset>
      <div className="grid gap-4 tablet:grid-cols-2">
        <TextField
          label={campaignsText.paceForm.perSecond}
          help={words.perSecondHelp}
          inputMode="decimal"
          error={errors.callsPerSecond?.message}
          {...register('callsPerSecond', { validate: within(0.001, 100) })}
        />
        <TextField
          label={campaignsText.paceForm.atOnce}
          help={words.atOnceHelp}
          inputMode="numeric"
          error={errors.maxConcurrent?.message}
          {...register('maxConcurrent', { validate: within(1, 10_000, { whole: true }) })}
        />
      </div>
      <div className="grid gap-4 tablet:grid-cols-4">
        <TextField
          label={words.tries}
          inputMode="numeric"
          error={errors.maxAttempts?.message}
          {...register('maxAttempts', { validate: within(1, 10, { whole: true }) })}
        />
        {(['busyMinutes', 'noAnswerMinutes', 'voicemailMinutes'] as const).map(name => (
          <TextField
            key={name}
            label={words.again[name]}
            inputMode="numeric"
            error={errors[name]?.message}
            {...register(name, { validate: within(1, 60 * 24 * 60, { whole: true }) })}
          />
        ))}
      </div>
    </div>
  );
}

/** What is wrong with the hours as a whole, or with single days, each said once. */
function hourProblems(errors: FieldErrors<CampaignDraft>['hours']): string[] {
  const days = Array.isArray(errors) ? errors.flatMap(day => [day?.from?.message, day?.to?.message]) : [];
  const found = [errors?.message, errors?.root?.message, ...days].filter(message => message !== undefined);
  return [...new Set(found)];
}

function HourField({ label, invalid, ...input }: ComponentProps<'input'> & { label: string; invalid: boolean }) {
  return (
    <input
      type="time"
      aria-label={label}
      aria-invalid={invalid || undefined}
      className="h-8 w-full rounded-control border border-border-strong bg-surface px-2 text-table text-text disabled:bg-sunken disabled:text-text-3 aria-invalid:border-bad pointer-coarse:h-11"
      {...input}
    />
  );
}

export function HowFields({ form }: Form) {
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
        help={words.recordHelp}
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
      <div className="grid gap-4 tablet:grid-cols-3">
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
    </div>
  );
}

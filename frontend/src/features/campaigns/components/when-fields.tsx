import type { ComponentProps } from 'react';
import { Controller, type FieldErrors, type UseFormReturn } from 'react-hook-form';
import { CheckField, SelectField, TextField } from '../../../components/field.tsx';
import { ownTimeZone } from '../../../lib/date-range.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import type { CampaignDraft } from '../campaign-draft.ts';
import { daysIn, holidayCalendars, isDay } from '../campaign-parts.ts';
import { within } from '../number-range.ts';
import { RuleEffect, type StepProps } from './rule-effect.tsx';

const words = campaignsText.wizard;
type Form = { form: UseFormReturn<CampaignDraft> };

export function WhenFields({ form, id }: StepProps) {
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
            <div
              key={name}
              className="grid grid-cols-2 items-center gap-2 tablet:grid-cols-[minmax(6rem,12rem)_7.5rem_7.5rem]"
            >
              <div className="col-span-2 tablet:col-span-1">
                <CheckField label={name} {...register(`hours.${index}.on`)} />
              </div>
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
        <p className="text-label text-text-2">
          {words.hoursHelp}
          <RuleEffect form={form} id={id} step="when" of="hours" />
        </p>
        {hours.every(({ on }) => !on) && <p className="font-medium text-label text-warn">{words.noHours}</p>}
        {hourProblems(errors.hours).map(message => (
          <p key={message} role="alert" className="font-medium text-bad text-label">
            {message}
          </p>
        ))}
      </fieldset>
      <Dates form={form} />
      <div className="grid gap-4 tablet:grid-cols-2">
        <TextField
          label={campaignsText.paceForm.callsPerSecond.label}
          help={words.perSecondHelp}
          inputMode="decimal"
          error={errors.callsPerSecond?.message}
          {...register('callsPerSecond', { validate: within(0.001, 100) })}
        />
        <TextField
          label={campaignsText.paceForm.maxConcurrent.label}
          help={words.atOnceHelp}
          inputMode="numeric"
          error={errors.maxConcurrent?.message}
          {...register('maxConcurrent', { validate: within(1, 10_000, { whole: true }) })}
        />
      </div>
      <div className="grid items-start gap-4 tablet:grid-cols-4">
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
      <p className="-mt-3 text-label text-text-2">
        <RuleEffect form={form} id={id} step="when" of="tries" />
      </p>
    </div>
  );
}

/** Between which days, and on which of them not. */
function Dates({ form }: Form) {
  const { register, watch, control, formState } = form;
  const { errors } = formState;
  const [startsAt, endsAt] = watch(['startsAt', 'endsAt']);
  // A saved campaign may begin at a moment, which a field for a day cannot show.
  const typeOf = (value: string) => (value === '' || isDay(value) ? 'date' : 'text');
  return (
    <div className="grid gap-4">
      <div className="grid gap-4 tablet:grid-cols-2">
        <TextField
          label={words.startsAt}
          help={words.startsAtHelp}
          type={typeOf(startsAt)}
          error={errors.startsAt?.message}
          {...register('startsAt')}
        />
        <TextField
          label={words.endsAt}
          help={words.endsAtHelp}
          type={typeOf(endsAt)}
          error={errors.endsAt?.message}
          {...register('endsAt', {
            validate: (end, { startsAt: start }) =>
              end === '' || start === '' || Date.parse(end) >= Date.parse(start) || words.endsFirst,
          })}
        />
      </div>
      <fieldset className="grid gap-2">
        <legend className="mb-1 font-medium text-table">{words.holidays}</legend>
        <Controller
          control={control}
          name="calendars"
          render={({ field }) => (
            <div className="flex flex-wrap gap-x-5 gap-y-1">
              {holidayCalendars.map(calendar => (
                <CheckField
                  key={calendar}
                  label={words.calendar(calendar)}
                  checked={field.value.includes(calendar)}
                  onChange={event =>
                    field.onChange(
                      event.target.checked ? [...field.value, calendar] : field.value.filter(each => each !== calendar),
                    )
                  }
                />
              ))}
            </div>
          )}
        />
      </fieldset>
      <TextField
        label={words.ownDays}
        help={words.ownDaysHelp}
        autoComplete="off"
        error={errors.holidays?.message}
        {...register('holidays', { validate: typed => daysIn(typed).every(isDay) || words.ownDaysWrong })}
      />
    </div>
  );
}

/** What is wrong with the hours as a whole, or with single days, each said once. */
function hourProblems(errors: FieldErrors<CampaignDraft>['hours']): string[] {
  const days = Array.isArray(errors) ? errors.flatMap(day => [day?.from?.message, day?.to?.message]) : [];
  const found = [errors?.message, errors?.root?.message, ...days].filter(message => message !== undefined);
  return [...new Set(found)];
}

/** Where a finger opens the clock by the field itself, its symbol would only cover the hour. */
function HourField({ label, invalid, ...input }: ComponentProps<'input'> & { label: string; invalid: boolean }) {
  return (
    <input
      type="time"
      aria-label={label}
      aria-invalid={invalid || undefined}
      className="h-8 w-full rounded-control border border-border-strong bg-surface px-2 text-table text-text disabled:bg-sunken disabled:text-text-3 aria-invalid:border-bad pointer-coarse:h-11 pointer-coarse:[&::-webkit-calendar-picker-indicator]:hidden"
      {...input}
    />
  );
}

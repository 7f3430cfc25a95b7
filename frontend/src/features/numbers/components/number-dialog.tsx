import { useQuery } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useId } from 'react';
import { type UseFormReturn, useFieldArray, useForm, useWatch } from 'react-hook-form';
import { AgentOptions } from '../../../components/agent-options.tsx';
import { Button } from '../../../components/button.tsx';
import { Dialog, DialogActions } from '../../../components/dialog.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { CheckField, SelectField, TextArea, TextField } from '../../../components/field.tsx';
import { agentsQuery } from '../../../lib/agents.ts';
import { notify } from '../../../lib/announcements.ts';
import { spacedNumber } from '../../../lib/phone-number.ts';
import { useMay } from '../../../lib/use-user.ts';
import { text } from '../../../strings/en.ts';
import { numbersText } from '../../../strings/settings.ts';
import { type OwnNumber, useChangeNumber } from '../api/numbers.ts';
import { hoursProblem, type NumberFields, numberChange, numberFields, wrongHoliday } from '../number-form.ts';

const words = numbersText.form;
const ownZone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Label, who answers and when, and whether calls come from it. */
export function NumberDialog({ number, onClose }: { number: OwnNumber; onClose: () => void }) {
  const change = useChangeNumber(number.id);
  const agents = useQuery({ ...agentsQuery, enabled: useMay('agents:read') });
  const form = useForm({ defaultValues: numberFields(number, ownZone()) });
  const { register, handleSubmit, control, formState } = form;
  const answer = useWatch({ control, name: 'answer' });
  const hoursOn = useWatch({ control, name: 'hoursOn' });
  const shown = spacedNumber(number.phone);
  const submit = handleSubmit(fields => {
    // Without a line there is no field that could refuse; what is wrong stands below them.
    if (fields.answer === 'agent' && fields.hoursOn && fields.windows.length === 0) return;
    change.mutate(numberChange(fields), {
      onSuccess: () => {
        notify(words.saved(shown));
        onClose();
      },
    });
  });
  return (
    <Dialog open onClose={onClose} title={words.title(shown)}>
      <form noValidate onSubmit={submit}>
        <div className="grid gap-4 p-4">
          <TextField
            label={words.label}
            help={words.labelHelp}
            maxLength={120}
            autoComplete="off"
            {...register('label')}
          />
          {number.source !== 'verified' && (
            <>
              <SelectField label={words.answer} {...register('answer')}>
                {(['agent', 'text', 'nobody'] as const).map(each => (
                  <option key={each} value={each}>
                    {words.answers[each]}
                  </option>
                ))}
              </SelectField>
              {answer === 'agent' && (
                <SelectField
                  label={words.agent}
                  error={formState.errors.agentId?.message}
                  {...register('agentId', {
                    validate: (value, fields) => fields.answer !== 'agent' || value !== '' || words.agentMissing,
                  })}
                >
                  <option value="" />
                  <AgentOptions agents={agents.data?.items} chosen={number.agentId ?? ''} />
                </SelectField>
              )}
              {answer === 'agent' && <CheckField label={words.hoursOn} {...register('hoursOn')} />}
              {answer === 'agent' && hoursOn && <HoursFields form={form} />}
              {answer !== 'nobody' && (
                <TextArea
                  label={words.text}
                  help={words.textHelp}
                  maxLength={1000}
                  error={formState.errors.text?.message}
                  {...register('text', {
                    validate: (value, fields) => fields.answer !== 'text' || value.trim() !== '' || words.textMissing,
                  })}
                />
              )}
            </>
          )}
          <CheckField label={words.callerId} {...register('callerId')} />
          {change.error && <ErrorPart what={words.failed} error={change.error} />}
        </div>
        <DialogActions onCancel={onClose}>
          <Button type="submit" look="primary" disabled={change.isPending}>
            {text.save}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

const small = 'h-8 min-w-0 rounded-control border border-border-strong bg-surface px-2 text-table pointer-coarse:h-11';

function HoursFields({ form }: { form: UseFormReturn<NumberFields> }) {
  const { register, control, formState } = form;
  const zones = useId();
  const lines = useFieldArray({ control, name: 'windows' });
  const problem = formState.errors.windows?.root?.message ?? formState.errors.windows?.[0]?.from?.message;
  return (
    <div className="grid gap-4 border-l-3 border-border pl-3">
      <TextField
        label={words.zone}
        help={words.zoneHelp}
        list={zones}
        autoComplete="off"
        spellCheck={false}
        error={formState.errors.timeZone?.message}
        {...register('timeZone', { validate: value => isZone(value.trim()) || words.zoneInvalid })}
      />
      <datalist id={zones}>
        {Intl.supportedValuesOf('timeZone').map(zone => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      <fieldset className="grid gap-2">
        <legend className="mb-1 font-medium text-table">{words.hours}</legend>
        {lines.fields.map((line, at) => {
          const day = numbersText.days[Number(line.day)] ?? '';
          return (
            <div key={line.id} className="flex flex-wrap items-center gap-2">
              <select aria-label={words.day} className={`${small} flex-1`} {...register(`windows.${at}.day`)}>
                {numbersText.days.map((name, value) => (
                  <option key={name} value={String(value)}>
                    {name}
                  </option>
                ))}
              </select>
              <input
                aria-label={`${words.from} ${day}`}
                className={`${small} w-18`}
                {...register(`windows.${at}.from`, {
                  validate: (_, fields) => (at === 0 && hoursProblem(fields)) || true,
                })}
              />
              <span aria-hidden="true" className="text-text-2">
                –
              </span>
              <input aria-label={`${words.to} ${day}`} className={`${small} w-18`} {...register(`windows.${at}.to`)} />
              <Button
                look="quiet"
                size="dense-icon"
                aria-label={words.removeHours(day)}
                onClick={() => lines.remove(at)}
              >
                <Trash2 aria-hidden="true" className="size-4" />
              </Button>
            </div>
          );
        })}
        <p className="text-label text-text-2">{words.hoursHelp}</p>
        {(problem || lines.fields.length === 0) && (
          <p role="alert" className="font-medium text-bad text-label">
            {problem ?? words.hoursMissing}
          </p>
        )}
        <Button
          size="dense"
          className="w-fit"
          onClick={() => lines.append({ day: '1', from: '09:00', to: '17:00' }, { shouldFocus: false })}
        >
          {words.addHours}
        </Button>
      </fieldset>
      <TextArea
        label={words.holidays}
        help={words.holidaysHelp}
        rows={2}
        error={formState.errors.holidays?.message}
        {...register('holidays', {
          validate: value => {
            const wrong = wrongHoliday(value);
            return wrong === undefined || words.holidaysInvalid(wrong);
          },
        })}
      />
    </div>
  );
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '' && name !== '';
  } catch {
    return false;
  }
}

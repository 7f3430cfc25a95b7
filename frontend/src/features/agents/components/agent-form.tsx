import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useId } from 'react';
import { type UseFormReturn, useWatch } from 'react-hook-form';
import { CheckField, SelectField, TextArea, TextField } from '../../../components/field.tsx';
import { numbersQuery } from '../../../lib/numbers.ts';
import { spacedNumber } from '../../../lib/phone-number.ts';
import { useMay } from '../../../lib/use-user.ts';
import { agentsText } from '../../../strings/settings.ts';
import { type AgentFields, isWithin, type OverrideName, overrideNames, timingNames, timings } from '../agent-form.ts';

const words = agentsText.form;

/** A group of fields under its name; two columns where there is room. */
function Group({ title, body, children }: { title: string; body?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <fieldset aria-labelledby={id} className="grid gap-4 border-t pt-4 first:border-t-0 first:pt-0">
      <div>
        <p id={id} className="font-semibold">
          {title}
        </p>
        {body && <p className="mt-0.5 max-w-[78ch] text-table text-text-2">{body}</p>}
      </div>
      {children}
    </fieldset>
  );
}

const pair = 'grid items-start gap-4 tablet:grid-cols-2';

/** Everything that can be said of an agent. `permitted` are the fields the vendor lets calls replace, as far as it is known. */
export function AgentFormFields({
  form,
  permitted,
}: {
  form: UseFormReturn<AgentFields>;
  permitted: readonly OverrideName[] | null;
}) {
  const { register, control, formState } = form;
  const { errors } = formState;
  const replaces = useWatch({ control, name: 'replaces' });
  const amd = useWatch({ control, name: 'amd' });
  const callerId = useWatch({ control, name: 'callerId' });
  const numbers = useQuery({ ...numbersQuery, enabled: useMay('numbers:read') });
  const usable = numbers.data?.items.filter(each => each.callerId && each.source !== 'gone') ?? [];
  const callers = [...new Set([...usable.map(({ phone }) => phone), ...(callerId === '' ? [] : [callerId])])];
  const offered = overrideNames.filter(name => permitted === null || permitted.includes(name) || replaces[name]);
  const refused = overrideNames.filter(name => !offered.includes(name));
  return (
    <div className="grid max-w-180 gap-6">
      <Group title={words.who}>
        <div className={pair}>
          <TextField
            label={words.name}
            help={words.nameHelp}
            maxLength={120}
            autoComplete="off"
            error={errors.name?.message}
            {...register('name', { validate: value => value.trim() !== '' || words.nameMissing })}
          />
          <TextField
            label={words.vendorAgentId}
            help={words.vendorAgentIdHelp}
            autoComplete="off"
            spellCheck={false}
            className="font-mono"
            error={errors.vendorAgentId?.message}
            {...register('vendorAgentId', {
              validate: value => /^[A-Za-z0-9_-]{3,128}$/.test(value.trim()) || words.vendorAgentIdInvalid,
            })}
          />
          <TextField
            label={words.speaksAs}
            help={words.speaksAsHelp}
            maxLength={120}
            autoComplete="off"
            {...register('speaksAs')}
          />
          <TextField
            label={words.business}
            help={words.businessHelp}
            maxLength={200}
            autoComplete="off"
            {...register('business')}
          />
          <SelectField label={words.callerId} help={words.callerIdHelp} {...register('callerId')}>
            <option value="">{words.callerIdDefault}</option>
            {callers.map(phone => (
              <option key={phone} value={phone}>
                {spacedNumber(phone)}
              </option>
            ))}
          </SelectField>
          <SelectField label={words.record} {...register('record')}>
            {(['', 'yes', 'no'] as const).map(choice => (
              <option key={choice} value={choice}>
                {words.records[choice]}
              </option>
            ))}
          </SelectField>
        </div>
      </Group>

      <Group
        title={words.replaced}
        body={
          <>
            {words.replacedBody}{' '}
            {refused.length > 0 && words.notPermitted(refused.map(name => agentsText.overrideNames[name]).join(', '))}
          </>
        }
      >
        {offered.map(name => (
          <div key={name} className="grid gap-2">
            <CheckField label={agentsText.overrideNames[name]} {...register(`replaces.${name}`)} />
            {replaces[name] && <OverrideField name={name} form={form} />}
          </div>
        ))}
      </Group>

      <Group title={words.limits}>
        <div className={pair}>
          <TextField
            label={words.maxMinutes}
            help={words.maxMinutesHelp}
            inputMode="decimal"
            autoComplete="off"
            error={errors.maxMinutes?.message}
            {...register('maxMinutes', { validate: value => isWithin(value, 0.5, 240) || words.maxMinutesInvalid })}
          />
          <TextField
            label={words.silenceSeconds}
            help={words.silenceSecondsHelp}
            inputMode="decimal"
            autoComplete="off"
            error={errors.silenceSeconds?.message}
            {...register('silenceSeconds', {
              validate: value => isWithin(value, 2, 120) || words.silenceSecondsInvalid,
            })}
          />
        </div>
        <TextArea label={words.farewell} help={words.farewellHelp} rows={2} maxLength={500} {...register('farewell')} />
      </Group>

      <Group title={words.machine}>
        <div className={pair}>
          <SelectField label={words.mode} {...register('amd.mode')}>
            {Object.entries(words.modes).map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </SelectField>
          {amd.mode !== 'off' && (
            <SelectField label={words.onMachine} {...register('amd.onMachine')}>
              {Object.entries(words.onMachines).map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </SelectField>
          )}
        </div>
        {amd.mode !== 'off' && amd.onMachine === 'leave-message' && (
          <TextArea label={words.message} help={words.messageHelp} maxLength={1000} {...register('amd.message')} />
        )}
        {amd.mode !== 'off' && (
          <details open={timingNames.some(name => errors.amd?.[name]) || undefined}>
            <summary className="w-fit cursor-pointer py-1 font-medium text-accent">{words.timings}</summary>
            <div className={`${pair} pt-3`}>
              {timingNames.map(name => {
                const [least, most] = timings[name];
                return (
                  <TextField
                    key={name}
                    label={words[name]}
                    inputMode="numeric"
                    autoComplete="off"
                    placeholder={agentsText.asConfigured}
                    error={errors.amd?.[name]?.message}
                    {...register(`amd.${name}`, {
                      validate: value => isWithin(value, least, most, true) || words.within(least, most),
                    })}
                  />
                );
              })}
            </div>
          </details>
        )}
      </Group>
    </div>
  );
}

function OverrideField({ name, form }: { name: OverrideName; form: UseFormReturn<AgentFields> }) {
  const { register, formState } = form;
  const label = words.instead[name];
  const error = formState.errors.overrides?.[name]?.message;
  if (name === 'firstMessage')
    return (
      <TextArea
        label={label}
        help={words.firstMessageHelp}
        maxLength={2000}
        error={error}
        {...register('overrides.firstMessage')}
      />
    );
  if (name === 'prompt')
    return (
      <TextArea
        label={label}
        rows={8}
        maxLength={20_000}
        error={error}
        {...register('overrides.prompt', {
          validate: (value, { replaces }) => !replaces.prompt || value.trim() !== '' || words.promptMissing,
        })}
      />
    );
  if (name === 'language')
    return (
      <TextField
        label={label}
        help={words.languageHelp}
        autoComplete="off"
        className="max-w-40"
        error={error}
        {...register('overrides.language', {
          validate: (value, { replaces }) =>
            !replaces.language || /^[a-z]{2}(-[A-Za-z]{2,8})?$/.test(value.trim()) || words.languageInvalid,
        })}
      />
    );
  return (
    <TextField
      label={label}
      autoComplete="off"
      spellCheck={false}
      maxLength={128}
      className="max-w-90 font-mono"
      error={error}
      {...register('overrides.voiceId', {
        validate: (value, { replaces }) => !replaces.voiceId || value.trim() !== '' || words.voiceMissing,
      })}
    />
  );
}

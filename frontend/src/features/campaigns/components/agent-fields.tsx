import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Controller } from 'react-hook-form';
import { AgentOptions } from '../../../components/agent-options.tsx';
import { Button } from '../../../components/button.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { CheckField, SelectField, TextField } from '../../../components/field.tsx';
import { askedFor } from '../../../lib/agent-questions.ts';
import { agentsQuery } from '../../../lib/agents.ts';
import { numbersQuery } from '../../../lib/numbers.ts';
import { spacedNumber } from '../../../lib/phone-number.ts';
import { useMay } from '../../../lib/use-user.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import { ownFieldsQuery } from '../api/own-fields.ts';
import { RuleEffect, type StepProps } from './rule-effect.tsx';
import { VariableFields } from './variable-fields.tsx';
import { VariantFields } from './variant-fields.tsx';

const words = campaignsText.wizard.agentStep;
const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** Who speaks, what they are told, which versions are compared, and from which numbers they call. */
export function AgentFields({ form, id }: StepProps) {
  const { register, watch, control, formState } = form;
  const { errors } = formState;
  // The type of what is wrong with a record knows the names in it alone.
  const variablesProblem = (errors.variables as { readonly message?: string } | undefined)?.message;
  const agents = useQuery({ ...agentsQuery, enabled: useMay('agents:read') });
  const [agentId, variants, variables, lists] = watch(['agentId', 'variants', 'variables', 'lists']);
  const known = agents.data?.items ?? [];
  const speaking = [agentId, ...variants.map(each => each.agentId)];
  // Without a choice the first agent speaks, as the server has it.
  const expected = askedFor([
    ...new Set(speaking.flatMap(id => known.find(each => each.id === id)?.vendor?.variables ?? [])),
  ]);
  const names = [...new Set([...expected, ...Object.keys(variables)])];
  const ownFields = useQuery({ ...ownFieldsQuery(lists), enabled: useMay('contacts:read') && lists.length > 0 });
  return (
    <div className="grid gap-6">
      <div className="grid gap-2">
        <SelectField
          label={campaignsText.wizard.agent}
          help={<RuleEffect form={form} id={id} step="agent" of="agent" />}
          error={errors.agentId?.message}
          {...register('agentId')}
        >
          <option value="">{campaignsText.rules.usualAgent}</option>
          <AgentOptions agents={agents.data?.items} chosen={agentId} />
        </SelectField>
        {agents.isError && (
          <ErrorPart what={words.agentsFailed} error={agents.error} onRetry={() => void agents.refetch()} />
        )}
      </div>
      <fieldset className="grid gap-3">
        <legend className="mb-1 font-semibold text-section">{words.variables}</legend>
        <p className="max-w-[70ch] text-text-2">{names.length === 0 ? words.noVariables : words.variablesBody}</p>
        <Controller
          control={control}
          name="variables"
          render={({ field }) => (
            <>
              {names.length > 0 && (
                <VariableFields
                  names={names}
                  expected={expected}
                  drafts={field.value}
                  ownFields={ownFields.data ?? []}
                  onChange={field.onChange}
                />
              )}
              <AddVariable
                taken={names}
                onAdd={name => field.onChange({ ...field.value, [name]: { from: 'text', text: '' } })}
              />
            </>
          )}
        />
        {variablesProblem && (
          <p role="alert" className="font-medium text-bad text-label">
            {variablesProblem}
          </p>
        )}
      </fieldset>
      <VariantFields form={form} agents={agents.data?.items} names={names} />
      <CallerIds form={form} id={id} />
    </div>
  );
}

function AddVariable({ taken, onAdd }: { taken: readonly string[]; onAdd: (name: string) => void }) {
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<string>();
  const add = () => {
    const wanted = name.trim();
    if (wanted === '') return;
    if (!variableName.test(wanted)) return setProblem(words.variableWrong);
    if (taken.includes(wanted)) return setProblem(words.variableTaken);
    setProblem(undefined);
    setName('');
    onAdd(wanted);
  };
  return (
    <div className="flex max-w-96 items-end gap-2">
      <div className="min-w-0 flex-1">
        <TextField
          label={words.addVariable}
          value={name}
          error={problem}
          autoComplete="off"
          className="font-mono"
          onChange={event => setName(event.target.value)}
          onKeyDown={event => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            add();
          }}
        />
      </div>
      <Button onClick={add}>
        <Plus aria-hidden="true" className="size-4" />
        {words.add}
      </Button>
    </div>
  );
}

function CallerIds({ form, id }: StepProps) {
  const numbers = useQuery({ ...numbersQuery, enabled: useMay('numbers:read') });
  const { watch, control, register, formState } = form;
  const chosen = watch('callerIds');
  const usable = numbers.data?.items.filter(each => each.callerId) ?? [];
  // A number that is no longer ours stays in sight, so that it can be taken out.
  const shown = [
    ...usable,
    ...chosen
      .filter(phone => usable.every(each => each.phone !== phone))
      .map(phone => ({ phone, label: words.notOurs })),
  ];
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1 font-semibold text-section">{words.callerIds}</legend>
      <div className="max-w-[70ch] text-text-2">
        <p>{words.callerIdsBody(chosen.length)}</p>
        <p className="text-label">
          <RuleEffect form={form} id={id} step="agent" of="callerIds" />
        </p>
      </div>
      {numbers.isError && (
        <ErrorPart what={words.numbersFailed} error={numbers.error} onRetry={() => void numbers.refetch()} />
      )}
      <Controller
        control={control}
        name="callerIds"
        render={({ field }) => (
          <div className="grid gap-x-6 gap-y-1 tablet:grid-cols-2">
            {shown.map(({ phone, label }) => (
              <CheckField
                key={phone}
                label={[spacedNumber(phone), label].filter(Boolean).join(' · ')}
                checked={field.value.includes(phone)}
                onChange={event =>
                  field.onChange(
                    event.target.checked ? [...field.value, phone] : field.value.filter(each => each !== phone),
                  )
                }
              />
            ))}
          </div>
        )}
      />
      {chosen.length > 1 && <CheckField label={words.localPresence} {...register('localPresence')} />}
      {formState.errors.callerIds?.message && (
        <p role="alert" className="font-medium text-bad text-label">
          {formState.errors.callerIds.message}
        </p>
      )}
    </fieldset>
  );
}

import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useMemo, useRef, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Dialog, DialogActions } from '../../../components/dialog.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { SelectField, TextField } from '../../../components/field.tsx';
import { askedFor } from '../../../lib/agent-questions.ts';
import { agentsQuery } from '../../../lib/agents.ts';
import { numbersQuery } from '../../../lib/numbers.ts';
import { readNumber, spacedNumber } from '../../../lib/phone-number.ts';
import { useSettled } from '../../../lib/use-settled.ts';
import { callsText } from '../../../strings/calls.ts';
import { usePlaceCall, verdictQuery } from '../api/calls.ts';
import { noOrder, type OrderFields, orderOf, orderProblems } from '../call-order.ts';
import { VerdictPart } from './verdict-part.tsx';

const words = callsText.newCall;
const pauseMs = 500;

/** Places one call: who is called by whom and how, whether it may be, and then the live view of it. */
export function NewCallDialog({ to = '', onClose }: { to?: string; onClose: () => void }) {
  const navigate = useNavigate();
  const agents = useQuery(agentsQuery);
  const numbers = useQuery(numbersQuery);
  const [fields, setFields] = useState<OrderFields>({ ...noOrder, to });
  const [checked, setChecked] = useState(false);
  const number = useRef<HTMLInputElement>(null);
  const place = usePlaceCall();
  const change = (changes: Partial<OrderFields>) => setFields(before => ({ ...before, ...changes }));

  const agent = agents.data?.items.find(({ id }) => id === fields.agentId) ?? agents.data?.items[0];
  const expected = useMemo(() => askedFor(agent?.vendor?.variables ?? []), [agent]);
  const callerIds = numbers.data?.items.filter(each => each.callerId) ?? [];
  const order = useMemo(() => orderOf(fields, expected), [fields, expected]);
  const asked = useSettled(order, pauseMs);
  const verdict = useQuery(verdictQuery(asked));
  const settled = asked === order && !verdict.isFetching;
  const problems = checked ? orderProblems(fields) : {};
  // The same wish sent twice is one call, whatever became of the first answer.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another order is another wish
  const key = useMemo(randomKey, [order]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (order === null) return number.current?.focus();
    if (!settled || verdict.data?.allowed !== true) return;
    place.mutate(
      { order, key },
      {
        onSuccess: ({ call }) => {
          onClose();
          void navigate({ to: '/live', search: { call: call.id } });
        },
      },
    );
  };
  return (
    <Dialog open title={words.title} description={words.body} initialFocus={number} onClose={onClose}>
      <form onSubmit={submit} noValidate>
        <div className="grid gap-4 p-4">
          <TextField
            ref={number}
            label={words.number}
            help={words.numberHelp}
            type="tel"
            autoComplete="off"
            value={fields.to}
            error={problems.to}
            onChange={event => change({ to: event.target.value })}
          />
          <div className="grid gap-4 tablet:grid-cols-2">
            <SelectField
              label={words.agent}
              value={agent?.id ?? ''}
              onChange={event => change({ agentId: event.target.value })}
            >
              {agents.data?.items.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </SelectField>
            <SelectField
              label={words.from}
              value={fields.from}
              onChange={event => change({ from: event.target.value })}
            >
              <option value="">{words.fromUsual}</option>
              {callerIds.map(({ id, phone, label }) => (
                <option key={id} value={phone}>
                  {[spacedNumber(phone), label].filter(Boolean).join(' · ')}
                </option>
              ))}
            </SelectField>
            <SelectField
              label={words.purpose}
              value={fields.purpose}
              className="tablet:col-span-2"
              onChange={event => change({ purpose: event.target.value as OrderFields['purpose'] })}
            >
              <option value="">{words.purposes.vouched}</option>
              <option value="informational">{words.purposes.informational}</option>
              <option value="telemarketing">{words.purposes.telemarketing}</option>
            </SelectField>
            <SelectField
              label={words.record}
              value={fields.record}
              onChange={event => change({ record: event.target.value as OrderFields['record'] })}
            >
              <option value="">{words.records.usual}</option>
              <option value="yes">{words.records.yes}</option>
              <option value="no">{words.records.no}</option>
            </SelectField>
            <TextField
              label={words.limit}
              inputMode="decimal"
              value={fields.minutes}
              placeholder={words.limitUsual}
              error={problems.minutes}
              onChange={event => change({ minutes: event.target.value })}
            />
          </div>
          {expected.length > 0 && (
            <fieldset className="grid gap-3">
              <legend className="mb-1 font-medium text-table">{words.variables}</legend>
              <div className="grid gap-3 tablet:grid-cols-2">
                {expected.map(name => (
                  <TextField
                    key={name}
                    label={name}
                    value={fields.variables[name] ?? ''}
                    maxLength={500}
                    onChange={event => change({ variables: { ...fields.variables, [name]: event.target.value } })}
                  />
                ))}
              </div>
              <p className="text-label text-text-2">{words.variablesHelp}</p>
            </fieldset>
          )}
          {agents.isError && (
            <ErrorPart what={words.agentsFailed} error={agents.error} onRetry={() => void agents.refetch()} />
          )}
          {order !== null && (
            <VerdictPart
              verdict={settled ? verdict.data : undefined}
              error={settled ? verdict.error : null}
              onRetry={() => void verdict.refetch()}
            />
          )}
          {place.isError && <ErrorPart what={words.failed} error={place.error} />}
        </div>
        <DialogActions onCancel={onClose}>
          <Button
            type="submit"
            look="primary"
            disabled={place.isPending || (order !== null && (!settled || verdict.data?.allowed !== true))}
          >
            {place.isPending ? words.busy : words.act(spacedNumber(readNumber(fields.to) ?? ''))}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('');

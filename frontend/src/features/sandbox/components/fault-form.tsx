import { type FormEvent, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { SelectField, TextField } from '../../../components/field.tsx';
import { act } from '../../../lib/act.ts';
import { notify } from '../../../lib/announcements.ts';
import { text } from '../../../strings/en.ts';
import { type Activity, type Fault, type SetUp, type Side, useClearFaults, usePushFault } from '../api/sandbox.ts';

const words = text.console.faults;
const defaults: Record<string, string> = {
  delayMs: '2000',
  afterMs: '2000',
  forMs: '2000',
  upToMs: '200',
  vendorCode: '20003',
};

/** What should go wrong next, at the carrier or at the agent. */
export function FaultForm({ faults, activity }: { faults: SetUp['faults']; activity: Activity }) {
  const push = usePushFault();
  const clear = useClearFaults();
  const sides = (['carrier', 'agent'] as const).filter(side => faults[side].length > 0);
  const [side, setSide] = useState<Side>(sides[0] ?? 'carrier');
  const [kind, setKind] = useState('');
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [times, setTimes] = useState('1');
  const [errors, setErrors] = useState<Record<string, string>>({});
  const chosen = faults[side].find(each => each.kind === kind) ?? faults[side][0];
  if (!chosen) return null;
  const choices: Record<string, readonly (string | number)[]> = {
    code: faults.closeCodes,
    errorType: faults.errorTypes,
  };
  const valueFor = (field: string) => typed[field] ?? defaults[field] ?? String(choices[field]?.[0] ?? '');

  function submit(event: FormEvent) {
    event.preventDefault();
    const problems: Record<string, string> = {};
    const values: Record<string, unknown> = {};
    for (const field of chosen!.needs) {
      if (field === 'afterPlacing') values[field] = typed[field] === 'true';
      else if (field === 'errorType') values[field] = valueFor(field);
      else if (/^\d{1,8}$/.test(valueFor(field))) values[field] = Number(valueFor(field));
      else problems[field] = words.numberInvalid;
    }
    if (!/^[1-9]\d{0,5}$/.test(times)) problems['times'] = words.timesInvalid;
    setErrors(problems);
    if (Object.keys(problems).length > 0) return;
    const fault = { kind: chosen!.kind, times: Number(times), ...values };
    act(push, { side, fault } as Fault, () => notify(words.pushed(fault.kind)));
  }

  const waiting = [
    ...(activity.carrier?.faults ?? []).map(fault => ({ side: 'carrier' as const, ...fault })),
    ...(activity.agent?.faults ?? []).map(fault => ({ side: 'agent' as const, ...fault })),
  ];

  return (
    <div className="grid gap-6 tablet:grid-cols-2">
      <form noValidate onSubmit={submit} className="grid content-start gap-3">
        <h3 className="font-semibold">{words.next}</h3>
        <SelectField label={words.side} value={side} onChange={event => setSide(event.target.value as Side)}>
          {sides.map(each => (
            <option key={each} value={each}>
              {words.sides[each]}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={words.kind}
          help={words.kinds[chosen.kind]}
          value={chosen.kind}
          onChange={event => setKind(event.target.value)}
        >
          {faults[side].map(each => (
            <option key={each.kind} value={each.kind}>
              {each.kind}
            </option>
          ))}
        </SelectField>
        {chosen.needs.map(field => (
          <FaultField
            key={field}
            field={field}
            value={valueFor(field)}
            choices={choices[field]}
            error={errors[field]}
            onChange={value => setTyped({ ...typed, [field]: value })}
          />
        ))}
        <TextField
          label={words.times}
          inputMode="numeric"
          value={times}
          error={errors['times']}
          onChange={event => setTimes(event.target.value)}
        />
        <Button type="submit" className="w-fit" disabled={push.isPending}>
          {words.push}
        </Button>
        {push.error && <ErrorPart what={words.pushFailed} error={push.error} />}
      </form>
      <div>
        <h3 className="font-semibold">{words.waiting}</h3>
        {waiting.length === 0 && <p className="mt-1 text-text-2">{words.none}</p>}
        <ul className="mt-1 grid gap-1 text-table">
          {waiting.map((fault, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: equal faults may wait side by side, and have no state
            <li key={place} className="break-words">
              {words.sides[fault.side]}: <span className="font-mono">{describe(fault)}</span>,{' '}
              {words.left(fault.times ?? 1)}
            </li>
          ))}
        </ul>
        {waiting.length > 0 && (
          <Button
            size="dense"
            className="mt-3"
            disabled={clear.isPending}
            onClick={() => act(clear, sides, () => notify(words.cleared))}
          >
            {words.clear}
          </Button>
        )}
        {clear.error && <ErrorPart className="mt-3" what={words.clearFailed} error={clear.error} />}
      </div>
    </div>
  );
}

function FaultField({
  field,
  value,
  choices,
  error,
  onChange,
}: {
  field: string;
  value: string;
  choices: readonly (string | number)[] | undefined;
  error: string | undefined;
  onChange: (value: string) => void;
}) {
  const label = words.fields[field] ?? field;
  if (field === 'afterPlacing') {
    return (
      <SelectField label={label} value={value || 'false'} onChange={event => onChange(event.target.value)}>
        <option value="false">{text.no}</option>
        <option value="true">{text.yes}</option>
      </SelectField>
    );
  }
  if (choices) {
    return (
      <SelectField label={label} value={value} onChange={event => onChange(event.target.value)}>
        {choices.map(each => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </SelectField>
    );
  }
  return (
    <TextField
      label={label}
      inputMode="numeric"
      value={value}
      error={error}
      onChange={event => onChange(event.target.value)}
    />
  );
}

/** "media-gap afterMs 2000 forMs 200": the fault without what every one has. */
const describe = ({
  side: _side,
  kind,
  times: _times,
  ...rest
}: {
  side: Side;
  kind: string;
  times?: number;
}): string => [kind, ...Object.entries(rest).map(([name, value]) => `${name} ${value}`)].join(' ');

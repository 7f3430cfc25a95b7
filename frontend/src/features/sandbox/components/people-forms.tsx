import { type FormEvent, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { SelectField, TextField } from '../../../components/field.tsx';
import { notify } from '../../../lib/announcements.ts';
import { readNumber, spacedNumber } from '../../../lib/phone-number.ts';
import { text } from '../../../strings/en.ts';
import { type Activity, type SetUp, useAnswerNext, useAssignNumber, useCallIn } from '../api/sandbox.ts';
import { NumberSelect } from './number-select.tsx';

const words = text.console.people;
const numberInput = { type: 'tel', inputMode: 'tel', autoComplete: 'off', maxLength: 24 } as const;
type People = SetUp['people'];

/** Who answers: the next call, or for good by owning a number. */
export function AnswerForm({ people, next }: { people: People; next: NonNullable<Activity['carrier']>['next'] }) {
  const answerNext = useAnswerNext();
  const assign = useAssignNumber();
  const [personId, setPersonId] = useState(people[0]?.id ?? '');
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<string>();
  const chosen = people.find(each => each.id === personId);
  if (!chosen) return null;

  const number = typed.trim() === '' ? undefined : readNumber(typed);
  function submit(event: FormEvent) {
    event.preventDefault();
    setError(number === null ? words.numberInvalid : undefined);
    if (number === null || !chosen) return;
    answerNext.mutate({ personId, to: number }, { onSuccess: () => notify(words.answersNext(chosen.name)) });
  }
  function own() {
    setError(number ? undefined : number === null ? words.numberInvalid : words.needsNumber);
    if (!number || !chosen) return;
    assign.mutate({ number, personId }, { onSuccess: () => notify(words.assigned(chosen.name, spacedNumber(number))) });
  }
  const about = [
    chosen.business,
    chosen.note,
    chosen.numbers.length > 0 && words.owns(chosen.numbers.map(spacedNumber).join(', ')),
  ];

  return (
    <form noValidate onSubmit={submit} className="grid content-start gap-3">
      <h3 className="font-semibold">{words.answering}</h3>
      <PersonSelect people={people} value={personId} onChange={setPersonId} help={about.filter(Boolean).join(' · ')} />
      <TextField
        label={words.number}
        help={words.numberHelp}
        error={error}
        value={typed}
        onChange={event => setTyped(event.target.value)}
        {...numberInput}
      />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" disabled={answerNext.isPending}>
          {words.answerNext}
        </Button>
        <Button disabled={assign.isPending} onClick={own}>
          {words.assign}
        </Button>
      </div>
      {(answerNext.error ?? assign.error) && <ErrorPart what={words.failed} error={answerNext.error ?? assign.error} />}
      {next.length > 0 && (
        <div className="text-table">
          <p className="text-text-2">{words.next}</p>
          <ul>
            {next.map(({ personId: id, personName, to }, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: one person may wait twice, and a place has no state
              <li key={`${id}-${place}`} className="font-medium">
                {words.nextTo(personName, to && spacedNumber(to))}
              </li>
            ))}
          </ul>
        </div>
      )}
    </form>
  );
}

/** Somebody calls one of the account's numbers. */
export function CallInForm({ people, numbers }: { people: People; numbers: SetUp['numbers'] }) {
  const callIn = useCallIn();
  const [personId, setPersonId] = useState('');
  const [typed, setTyped] = useState('+1 312 555 0142');
  const [to, setTo] = useState(numbers[0]?.phone ?? '');
  const [error, setError] = useState<string>();

  function submit(event: FormEvent) {
    event.preventDefault();
    const from = readNumber(typed);
    setError(from ? undefined : words.numberInvalid);
    if (!from) return;
    callIn.mutate(
      { from, ...(to ? { to } : {}), ...(personId ? { personId } : {}) },
      { onSuccess: () => notify(words.called(spacedNumber(from))) },
    );
  }

  return (
    <form noValidate onSubmit={submit} className="grid content-start gap-3">
      <h3 className="font-semibold">{words.callIn}</h3>
      <TextField
        label={words.from}
        error={error}
        value={typed}
        onChange={event => setTyped(event.target.value)}
        {...numberInput}
      />
      <PersonSelect people={people} value={personId} onChange={setPersonId} anybody={words.stranger} />
      <NumberSelect label={words.to} numbers={numbers} value={to} onChange={setTo} />
      <Button type="submit" className="w-fit" disabled={callIn.isPending}>
        {words.call}
      </Button>
      {callIn.error && <ErrorPart what={words.callFailed} error={callIn.error} />}
    </form>
  );
}

function PersonSelect({
  people,
  value,
  onChange,
  help,
  anybody,
}: {
  people: People;
  value: string;
  onChange: (id: string) => void;
  help?: string;
  anybody?: string;
}) {
  return (
    <SelectField label={words.person} help={help} value={value} onChange={event => onChange(event.target.value)}>
      {anybody && <option value="">{anybody}</option>}
      {people.map(({ id, name, answer }) => (
        <option key={id} value={id}>
          {name} ({answer})
        </option>
      ))}
    </SelectField>
  );
}

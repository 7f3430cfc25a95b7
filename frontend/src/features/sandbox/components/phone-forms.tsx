import { Phone as PhoneIcon, PhoneIncoming } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import type { PhoneCommand } from '../../../../../src/sandbox/console/phone-protocol.ts';
import { Button } from '../../../components/button.tsx';
import { TextField } from '../../../components/field.tsx';
import { readNumber } from '../../../lib/phone-number.ts';
import { text } from '../../../strings/en.ts';
import type { SetUp } from '../api/sandbox.ts';
import { NumberSelect } from './number-select.tsx';

const numberInput = { type: 'tel', inputMode: 'tel', autoComplete: 'off', maxLength: 24 } as const;

/** "I am the callee": the next call rings here. */
export function WaitForm({ onSubmit }: { onSubmit: (command: PhoneCommand) => void }) {
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<string>();

  function submit(event: FormEvent) {
    event.preventDefault();
    const to = typed.trim() === '' ? undefined : readNumber(typed);
    setError(to === null ? text.phone.numberInvalid : undefined);
    if (to !== null) onSubmit({ type: 'wait', ...(to === undefined ? {} : { to }) });
  }

  return (
    <form noValidate onSubmit={submit} className="grid content-start gap-3">
      <Heading title={text.phone.wait} body={text.phone.waitBody} />
      <TextField
        label={text.phone.waitNumber}
        help={text.phone.waitNumberHelp}
        error={error}
        value={typed}
        onChange={event => setTyped(event.target.value)}
        {...numberInput}
      />
      <Button type="submit" look="primary" className="w-fit">
        <PhoneIncoming aria-hidden="true" className="size-4" />
        {text.phone.waitSubmit}
      </Button>
    </form>
  );
}

/** "I am the caller": one of the account's numbers is called. */
export function CallForm({
  numbers,
  onSubmit,
}: {
  numbers: SetUp['numbers'];
  onSubmit: (command: PhoneCommand) => void;
}) {
  const [typed, setTyped] = useState('+1 312 555 0142');
  const [to, setTo] = useState(numbers[0]?.phone ?? '');
  const [error, setError] = useState<string>();

  function submit(event: FormEvent) {
    event.preventDefault();
    const from = readNumber(typed);
    setError(from ? undefined : text.phone.numberInvalid);
    if (from) onSubmit({ type: 'call', from, ...(to ? { to } : {}) });
  }

  return (
    <form noValidate onSubmit={submit} className="grid content-start gap-3">
      <Heading title={text.phone.call} body={text.phone.callBody} />
      <TextField
        label={text.phone.from}
        error={error}
        value={typed}
        onChange={event => setTyped(event.target.value)}
        {...numberInput}
      />
      <NumberSelect label={text.phone.to} numbers={numbers} value={to} onChange={setTo} />
      <Button type="submit" className="w-fit">
        <PhoneIcon aria-hidden="true" className="size-4" />
        {text.phone.callSubmit}
      </Button>
    </form>
  );
}

const Heading = ({ title, body }: { title: string; body: string }) => (
  <div>
    <h3 className="font-semibold">{title}</h3>
    <p className="mt-0.5 text-table text-text-2">{body}</p>
  </div>
);

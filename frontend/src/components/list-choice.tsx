import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { contactListsQuery, useAddList } from '../lib/contact-lists.ts';
import { importText } from '../strings/imports.ts';
import { Button } from './button.tsx';
import { ErrorPart } from './error-part.tsx';
import { CheckField, TextField } from './field.tsx';
import { Skeleton } from './skeleton.tsx';

const words = importText.forAll;

/** Some of all lists of people; where allowed, a new one is made in place and chosen at once. */
export function ListChoice({
  label,
  chosen,
  onChange,
  mayAdd = false,
}: {
  label: string;
  chosen: readonly string[];
  onChange: (chosen: readonly string[]) => void;
  mayAdd?: boolean;
}) {
  const lists = useQuery(contactListsQuery);
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1 font-medium text-table">{label}</legend>
      {lists.isPending && <Skeleton rows={2} rowClass="h-6" />}
      {lists.isError && !lists.data && (
        <ErrorPart what={words.listsFailed} error={lists.error} onRetry={() => void lists.refetch()} />
      )}
      {lists.data?.length === 0 && <p className="text-text-2">{words.noLists}</p>}
      {lists.data && lists.data.length > 0 && (
        <div className="grid max-h-48 gap-x-6 gap-y-1 overflow-y-auto tablet:grid-cols-2">
          {lists.data.map(({ id, name }) => (
            <CheckField
              key={id}
              label={name}
              checked={chosen.includes(id)}
              onChange={event => onChange(event.target.checked ? [...chosen, id] : chosen.filter(each => each !== id))}
            />
          ))}
        </div>
      )}
      {mayAdd && <NewList onMade={id => onChange([...chosen, id])} />}
    </fieldset>
  );
}

function NewList({ onMade }: { onMade: (id: string) => void }) {
  const [name, setName] = useState('');
  const add = useAddList();
  const make = (wanted: string) =>
    add.mutate(wanted, {
      onSuccess: ({ list }) => {
        setName('');
        onMade(list.id);
      },
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // It may stand within another form, which is not meant.
    event.stopPropagation();
    if (name.trim() !== '') make(name.trim());
  };
  return (
    <div className="grid max-w-96 gap-2">
      <div className="flex items-end gap-2">
        <div className="flex-1">
          <TextField
            label={words.newList}
            value={name}
            maxLength={120}
            autoComplete="off"
            onChange={event => setName(event.target.value)}
            onKeyDown={event => event.key === 'Enter' && submit(event)}
          />
        </div>
        <Button disabled={name.trim() === '' || add.isPending} onClick={submit}>
          {words.addList}
        </Button>
      </div>
      {add.error && <ErrorPart what={words.listFailed} error={add.error} />}
    </div>
  );
}

import { type Ref, useImperativeHandle, useState } from 'react';
import { useForm, useWatch } from 'react-hook-form';
import { fieldProblems } from '../../lib/api-error.ts';
import { localDay } from '../../lib/date-range.ts';
import { type Import, type ImportChange, useChangeImport } from '../../lib/imports.ts';
import { tagsOf } from '../../lib/tags.ts';
import { importText } from '../../strings/imports.ts';
import { ErrorPart } from '../error-part.tsx';
import { SelectField, TextArea, TextField } from '../field.tsx';
import { ListChoice } from '../list-choice.tsx';

const words = importText.forAll;

interface Fields {
  readonly tags: string;
  readonly kind: '' | 'express' | 'express-written';
  readonly at: string;
  readonly source: string;
  readonly text: string;
  readonly reason: string;
}

export interface ForAllSaver {
  /** Keeps what was typed; false when it was refused, which the form says. */
  save(): Promise<boolean>;
}

/** What every row of a file gets besides its own: lists, tags and a consent; for numbers the reason. Whoever goes on has it saved first. */
export function ForAllForm({
  file,
  saver,
  usualList,
}: {
  file: Import;
  saver: Ref<ForAllSaver>;
  /** Where they go if no list is chosen. */
  usualList?: string | undefined;
}) {
  const change = useChangeImport(file.target, file.id);
  const lists = useChangeImport(file.target, file.id);
  const [chosen, setChosen] = useState<readonly string[]>(file.lists);
  const { register, handleSubmit, control, reset, formState } = useForm<Fields>({
    defaultValues: {
      tags: file.tags.join(', '),
      kind: file.consent?.kind ?? '',
      at: localDay(file.consent?.at),
      source: file.consent?.source ?? '',
      text: file.consent?.text ?? '',
      reason: file.reason ?? '',
    },
  });
  const kind = useWatch({ control, name: 'kind' });
  const problems = fieldProblems(change.error);
  const { isDirty, errors } = formState;
  useImperativeHandle(saver, () => ({
    async save() {
      if (!isDirty) return true;
      let kept = false;
      await handleSubmit(async fields => {
        kept = await change.mutateAsync(changeOf(file.target, fields)).then(
          () => true,
          () => false,
        );
        if (kept) reset(fields);
      })();
      return kept;
    },
  }));
  if (file.target === 'suppressions')
    return (
      <div className="grid max-w-160 gap-3">
        <TextField label={words.reason} help={words.reasonHelp} maxLength={500} {...register('reason')} />
        {change.error && <ErrorPart what={words.failed} error={change.error} />}
      </div>
    );
  return (
    <div className="grid gap-5">
      <ListChoice
        label={words.lists}
        chosen={chosen}
        mayAdd
        onChange={next => {
          setChosen(next);
          lists.mutate({ lists: [...next] }, { onError: () => setChosen(file.lists) });
        }}
      />
      {usualList && chosen.length === 0 && <p className="-mt-3 text-text-2">{words.usualList(usualList)}</p>}
      {lists.error && <ErrorPart what={words.failed} error={lists.error} />}
      <div className="grid max-w-160 gap-3">
        <TextField label={words.tags} help={words.tagsHelp} error={problems['tags']} {...register('tags')} />
        <SelectField label={words.consent} help={words.consentHelp} {...register('kind')}>
          {Object.entries(words.consents).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
        {kind !== '' && (
          <>
            <TextField
              label={words.consentAt}
              type="date"
              max={localDay(new Date().toISOString())}
              error={errors.at?.message}
              {...register('at', { validate: (at, { kind: chosen }) => chosen === '' || at !== '' || words.atMissing })}
            />
            <TextField
              label={words.consentSource}
              help={words.consentSourceHelp}
              maxLength={200}
              error={errors.source?.message}
              {...register('source', {
                validate: (source, { kind: chosen }) => chosen === '' || source.trim() !== '' || words.sourceMissing,
              })}
            />
            <TextArea label={words.consentText} {...register('text')} />
          </>
        )}
        {change.error && <ErrorPart what={words.failed} error={change.error} />}
      </div>
    </div>
  );
}

function changeOf(target: Import['target'], { tags, kind, at, source, text, reason }: Fields): ImportChange {
  if (target === 'suppressions') return { reason: reason.trim() };
  return {
    tags: tagsOf(tags),
    consent:
      kind === '' ? null : { kind, at, source: source.trim(), ...(text.trim() === '' ? {} : { text: text.trim() }) },
  };
}

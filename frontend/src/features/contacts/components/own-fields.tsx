import { Plus, X } from 'lucide-react';
import { useId } from 'react';
import { Button } from '../../../components/button.tsx';
import { contactsText } from '../../../strings/contacts.ts';
import type { OwnField, OwnProblem } from '../contact-form-fields.ts';

const words = contactsText.form.own;
const control =
  'h-8 w-full min-w-0 rounded-control border border-border-strong bg-surface px-2 text-table text-text aria-invalid:border-bad pointer-coarse:h-11';

/** The fields that files and people gave somebody: changed, taken away, and new ones added. Agents are told them by their names. */
export function OwnFields({
  fields,
  problems,
  onChange,
}: {
  fields: readonly OwnField[];
  problems: readonly (OwnProblem | undefined)[];
  onChange: (fields: readonly OwnField[]) => void;
}) {
  const id = useId();
  const put = (at: number, change: Partial<OwnField>) =>
    onChange(fields.map((field, place) => (place === at ? { ...field, ...change } : field)));
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1 font-medium text-table">{words.title}</legend>
      <p className="text-label text-text-2">{words.body}</p>
      {fields.map(({ name, type, value }, at) => {
        const problem = problems[at];
        const wrong = problem ? { 'aria-invalid': true, 'aria-describedby': `${id}-${at}` } : {};
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a field has no other identity while its name is typed
          <div key={at} className="grid gap-1">
            <div className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto] gap-2 tablet:grid-cols-[minmax(0,10rem)_6.5rem_minmax(0,1fr)_auto]">
              <input
                aria-label={words.name(at + 1)}
                placeholder={words.namePlaceholder}
                value={name}
                maxLength={60}
                autoComplete="off"
                onChange={event => put(at, { name: event.target.value })}
                className={control}
                {...(problem === 'number' ? {} : wrong)}
              />
              <select
                aria-label={words.type(name || String(at + 1))}
                value={type}
                onChange={event => {
                  const next = event.target.value as OwnField['type'];
                  put(at, { type: next, value: next === 'boolean' ? 'yes' : type === 'boolean' ? '' : value });
                }}
                className={control}
              >
                {Object.entries(words.types).map(([each, label]) => (
                  <option key={each} value={each}>
                    {label}
                  </option>
                ))}
              </select>
              {type === 'boolean' ? (
                <select
                  aria-label={words.value(name || String(at + 1))}
                  value={value}
                  onChange={event => put(at, { value: event.target.value })}
                  className={`${control} col-span-2 tablet:col-span-1`}
                >
                  <option value="yes">{words.yes}</option>
                  <option value="no">{words.no}</option>
                </select>
              ) : (
                <input
                  aria-label={words.value(name || String(at + 1))}
                  value={value}
                  maxLength={1_000}
                  autoComplete="off"
                  inputMode={type === 'number' ? 'decimal' : 'text'}
                  onChange={event => put(at, { value: event.target.value })}
                  className={`${control} col-span-2 tablet:col-span-1`}
                  {...(problem === 'number' ? wrong : {})}
                />
              )}
              <Button
                look="quiet"
                size="icon"
                aria-label={words.remove(name || String(at + 1))}
                onClick={() => onChange(fields.filter((_, place) => place !== at))}
              >
                <X aria-hidden="true" className="size-4" />
              </Button>
            </div>
            {problem && (
              <p id={`${id}-${at}`} className="font-medium text-bad text-label">
                {words.problems[problem]}
              </p>
            )}
          </div>
        );
      })}
      <div>
        <Button size="dense" onClick={() => onChange([...fields, { name: '', type: 'text', value: '' }])}>
          <Plus aria-hidden="true" className="size-3.5" />
          {words.add}
        </Button>
      </div>
    </fieldset>
  );
}

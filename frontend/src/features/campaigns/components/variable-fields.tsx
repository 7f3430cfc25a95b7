import { X } from 'lucide-react';
import { useId } from 'react';
import { Button } from '../../../components/button.tsx';
import { campaignsText } from '../../../strings/campaigns.ts';
import { noVariable, personFields, type VariableDraft, type VariableDrafts } from '../campaign-parts.ts';

const words = campaignsText.wizard.agentStep;
const control =
  'h-8 w-full min-w-0 rounded-control border border-border-strong bg-surface px-2 text-table text-text pointer-coarse:h-11';

/** From what each variable of the agent is filled. */
export function VariableFields({
  names,
  expected,
  drafts,
  ownFields,
  onChange,
}: {
  names: readonly string[];
  /** Those that an agent of this campaign asks for. */
  expected: readonly string[];
  drafts: VariableDrafts;
  /** Names of the people's own fields, as far as they were seen. */
  ownFields: readonly string[];
  onChange: (drafts: VariableDrafts) => void;
}) {
  const list = useId();
  const set = (name: string, draft: VariableDraft) => onChange({ ...drafts, [name]: draft });
  return (
    <ul className="border-t">
      {names.map(name => {
        const draft = drafts[name] ?? noVariable;
        const typed = draft.from === 'custom' || draft.from === 'text';
        return (
          <li
            key={name}
            className="grid items-center gap-x-3 gap-y-1.5 border-b py-2 tablet:grid-cols-[minmax(8rem,14rem)_minmax(11rem,16rem)_minmax(0,1fr)_2rem]"
          >
            <code className="break-all font-mono text-table">{name}</code>
            <select
              aria-label={words.from(name)}
              value={draft.from}
              onChange={event => set(name, { from: event.target.value as VariableDraft['from'], text: '' })}
              className={control}
            >
              <option value="">{words.froms.usual}</option>
              <option value="text">{words.froms.text}</option>
              <option value="custom">{words.froms.custom}</option>
              {personFields.map(field => (
                <option key={field} value={field}>
                  {words.fields[field]}
                </option>
              ))}
            </select>
            {typed ? (
              <input
                aria-label={draft.from === 'custom' ? words.fieldOf(name) : words.textOf(name)}
                placeholder={draft.from === 'custom' ? words.fieldHint : words.textHint}
                value={draft.text}
                maxLength={draft.from === 'custom' ? 60 : 2_000}
                {...(draft.from === 'custom' ? { list } : {})}
                onChange={event => set(name, { from: draft.from, text: event.target.value })}
                className={control}
              />
            ) : (
              <span className="text-label text-text-2">{draft.from === '' && words.usualBody(name)}</span>
            )}
            {expected.includes(name) ? (
              <span className="hidden tablet:block" />
            ) : (
              <Button
                look="quiet"
                size="icon"
                aria-label={words.removeVariable(name)}
                onClick={() => onChange(Object.fromEntries(Object.entries(drafts).filter(([each]) => each !== name)))}
              >
                <X aria-hidden="true" className="size-4" />
              </Button>
            )}
          </li>
        );
      })}
      <datalist id={list}>
        {ownFields.map(field => (
          <option key={field} value={field} />
        ))}
      </datalist>
    </ul>
  );
}

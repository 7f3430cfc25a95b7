import { type FormEvent, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { SelectField } from '../../../components/field.tsx';
import { notify } from '../../../lib/announcements.ts';
import { text } from '../../../strings/en.ts';
import { type LogLevel, logLevels, useChangeLogLevel } from '../api/system.ts';

/** Shows the level in force until another one is chosen; figures that arrive meanwhile do not undo the choice. */
export function LogLevelForm({ level }: { level: LogLevel }) {
  const change = useChangeLogLevel();
  const [chosen, setChosen] = useState<LogLevel | null>(null);
  const shown = chosen ?? level;

  function submit(event: FormEvent) {
    event.preventDefault();
    change.mutate(
      { logLevel: shown },
      {
        onSuccess: system => {
          setChosen(null);
          notify(text.operations.logChanged(system.logLevel));
        },
      },
    );
  }

  return (
    <form onSubmit={submit} className="grid max-w-90 gap-3">
      <div className="flex items-end gap-2">
        <div className="flex-1">
          <SelectField
            label={text.operations.logField}
            value={shown}
            onChange={event => setChosen(event.target.value as LogLevel)}
          >
            {[...new Set([...logLevels, level])].map(name => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </SelectField>
        </div>
        <Button type="submit" disabled={change.isPending || shown === level}>
          {change.isPending ? text.operations.applying : text.operations.apply}
        </Button>
      </div>
      {change.error && <ErrorPart what={text.operations.logFailed} error={change.error} />}
    </form>
  );
}

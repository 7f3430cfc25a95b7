import { useForm } from 'react-hook-form';
import { Button } from '../../../components/button.tsx';
import { CopyField } from '../../../components/copy-field.tsx';
import { Dialog, DialogActions } from '../../../components/dialog.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { TextField } from '../../../components/field.tsx';
import { notify } from '../../../lib/announcements.ts';
import { fieldProblems } from '../../../lib/api-error.ts';
import { text } from '../../../strings/en.ts';
import { hooksText } from '../../../strings/settings.ts';
import { type Hook, type HookEvent, useAddHook, useChangeHook } from '../api/hooks.ts';
import { hookEvents } from '../hook-events.ts';
import { eventName } from './hook-list.tsx';

const words = hooksText.form;

/** A secret, once. Escape and a stray click do not close it. */
export function SecretDialog({ secret, body, onClose }: { secret: string; body: string; onClose: () => void }) {
  return (
    <Dialog open locked onClose={onClose} title={hooksText.secret.title} description={body}>
      <div className="p-4">
        <CopyField label={hooksText.secret.label} value={secret} />
      </div>
      <DialogActions>
        <Button look="outlined" onClick={onClose}>
          {hooksText.secret.done}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

export function AddHookDialog({ onClose }: { onClose: () => void }) {
  const add = useAddHook();
  if (add.data) return <SecretDialog secret={add.data.secret} body={hooksText.secret.body} onClose={onClose} />;
  return (
    <HookForm
      title={words.addTitle}
      submit={hooksText.add}
      failed={words.addFailed}
      busy={add.isPending}
      error={add.error}
      onClose={onClose}
      onSubmit={hook => add.mutate(hook)}
    />
  );
}

export function EditHookDialog({ hook, onClose }: { hook: Hook; onClose: () => void }) {
  const change = useChangeHook(hook.id);
  return (
    <HookForm
      hook={hook}
      title={words.editTitle}
      submit={text.save}
      failed={words.editFailed}
      busy={change.isPending}
      error={change.error}
      onClose={onClose}
      onSubmit={next =>
        change.mutate(next, {
          onSuccess: () => {
            notify(words.saved);
            onClose();
          },
        })
      }
    />
  );
}

type Form = { url: string; description: string; events: HookEvent[] };

function HookForm({
  hook,
  title,
  submit,
  failed,
  busy,
  error,
  onSubmit,
  onClose,
}: {
  hook?: Hook;
  title: string;
  submit: string;
  failed: string;
  busy: boolean;
  error: unknown;
  onSubmit: (hook: Form) => void;
  onClose: () => void;
}) {
  const { register, handleSubmit, formState } = useForm<Form>({
    defaultValues: {
      url: hook?.url ?? '',
      description: hook?.description ?? '',
      events: hookEvents.filter(event => hook === undefined || hook.events.includes(event)),
    },
  });
  const { errors } = formState;
  const refused = fieldProblems(error)['url'];
  return (
    <Dialog open onClose={onClose} title={title}>
      <form noValidate onSubmit={handleSubmit(onSubmit)}>
        <div className="grid gap-4 p-4">
          <TextField
            label={words.url}
            help={words.urlHelp}
            type="url"
            inputMode="url"
            autoComplete="off"
            spellCheck={false}
            maxLength={2000}
            error={errors.url?.message ?? (refused && `${words.url} ${refused}.`)}
            {...register('url', {
              setValueAs: (value: string) => value.trim(),
              validate: value => (/^https?:\/\/./.test(value) && URL.canParse(value)) || words.urlInvalid,
            })}
          />
          <fieldset className="grid gap-1">
            <legend className="mb-1 font-medium text-table">{words.events}</legend>
            {hookEvents.map(event => (
              <label key={event} className="flex min-h-6 w-fit items-center gap-2 pointer-coarse:min-h-11">
                <input
                  type="checkbox"
                  value={event}
                  className="size-4 accent-accent"
                  {...register('events', { validate: chosen => chosen.length > 0 || words.eventsMissing })}
                />
                {eventName(event)}
                <code className="font-mono text-label text-text-2">{event}</code>
              </label>
            ))}
            {errors.events && (
              <p role="alert" className="font-medium text-bad text-label">
                {errors.events.message}
              </p>
            )}
          </fieldset>
          <TextField
            label={words.description}
            help={words.descriptionHelp}
            maxLength={200}
            autoComplete="off"
            {...register('description', { setValueAs: (value: string) => value.trim() })}
          />
          {error != null && <ErrorPart what={failed} error={error} />}
        </div>
        <DialogActions onCancel={onClose}>
          <Button type="submit" look="primary" disabled={busy}>
            {submit}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

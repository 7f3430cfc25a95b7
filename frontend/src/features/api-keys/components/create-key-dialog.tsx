import { useQuery } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { Button } from '../../../components/button.tsx';
import { CopyField } from '../../../components/copy-field.tsx';
import { Dialog, DialogActions } from '../../../components/dialog.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { SelectField, TextField } from '../../../components/field.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import type { Permission } from '../../../lib/permissions.ts';
import { useUser } from '../../../lib/use-user.ts';
import { text } from '../../../strings/en.ts';
import { permissionsQuery, useCreateApiKey } from '../api/api-keys.ts';
import { expiryDate } from '../expiry.ts';

type Form = { name: string; scopes: Permission[]; expiry: string };

/** Name, scopes, expiry; then the secret, once. Closing by Escape or a stray click is off while the secret is shown. */
export function CreateKeyDialog({ onClose }: { onClose: () => void }) {
  const create = useCreateApiKey();
  if (!create.data) return <KeyForm create={create} onClose={onClose} />;
  return (
    <Dialog open locked onClose={onClose} title={text.apiKeys.createdTitle} description={text.apiKeys.createdBody}>
      <div className="p-4">
        <CopyField label={text.apiKeys.secret} value={create.data.secret} />
      </div>
      <DialogActions>
        <Button look="outlined" onClick={onClose}>
          {text.apiKeys.createdDone}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function KeyForm({ create, onClose }: { create: ReturnType<typeof useCreateApiKey>; onClose: () => void }) {
  const { permissions } = useUser();
  const scopes = useQuery(permissionsQuery);
  const { register, handleSubmit, formState } = useForm<Form>({
    defaultValues: { name: '', scopes: [], expiry: '90' },
  });
  const { errors } = formState;
  const grantable = scopes.data?.permissions.filter(({ name }) => permissions.includes(name));

  const submit = handleSubmit(({ name, scopes: chosen, expiry }) => {
    const expiresAt = expiryDate(expiry, Date.now());
    create.mutate({ name, scopes: chosen, ...(expiresAt ? { expiresAt } : {}) });
  });

  return (
    <Dialog open onClose={onClose} title={text.apiKeys.addTitle}>
      <form noValidate onSubmit={submit}>
        <div className="grid gap-4 p-4">
          <TextField
            label={text.apiKeys.name}
            help={text.apiKeys.nameHelp}
            autoComplete="off"
            error={errors.name?.message}
            {...register('name', {
              setValueAs: (value: string) => value.trim(),
              validate: value => value !== '' || text.apiKeys.nameMissing,
            })}
          />
          <fieldset className="grid gap-1" aria-describedby="scopes-help">
            <legend className="mb-1 font-medium text-table">{text.apiKeys.scopes}</legend>
            {scopes.isPending && <Skeleton rows={4} rowClass="h-11 px-3" />}
            {scopes.isError && (
              <ErrorPart what={text.apiKeys.scopesFailed} error={scopes.error} onRetry={() => scopes.refetch()} />
            )}
            {grantable && (
              <div className="max-h-64 overflow-y-auto rounded-control border border-border-strong bg-surface">
                {grantable.map(({ name, description }) => (
                  <label
                    key={name}
                    className="flex items-start gap-2.5 border-b px-2.5 py-2 last:border-b-0 hover:bg-hover"
                  >
                    <input
                      type="checkbox"
                      value={name}
                      className="mt-0.5 size-4 accent-accent"
                      {...register('scopes', {
                        validate: chosen => chosen.length > 0 || text.apiKeys.scopesMissing,
                      })}
                    />
                    <span className="min-w-0">
                      <span className="block font-mono text-table">{name}</span>
                      <span className="block text-label text-text-2">{description}</span>
                    </span>
                  </label>
                ))}
              </div>
            )}
            <p id="scopes-help" className="text-label text-text-2">
              {text.apiKeys.scopesHelp}
            </p>
            {errors.scopes && (
              <p role="alert" className="font-medium text-bad text-label">
                {errors.scopes.message}
              </p>
            )}
          </fieldset>
          <SelectField label={text.apiKeys.expiry} {...register('expiry')}>
            {(['30', '90', '365', 'never'] as const).map(choice => (
              <option key={choice} value={choice}>
                {text.apiKeys.expiries[choice]}
              </option>
            ))}
          </SelectField>
          {create.error && <ErrorPart what={text.apiKeys.createFailed} error={create.error} />}
        </div>
        <DialogActions onCancel={onClose}>
          <Button type="submit" look="primary" disabled={create.isPending || !grantable}>
            {text.apiKeys.addSubmit}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

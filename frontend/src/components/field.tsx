import clsx from 'clsx';
import { Eye, EyeOff } from 'lucide-react';
import { type ComponentProps, type ReactNode, useId, useState } from 'react';
import { text } from '../strings/en.ts';

const controlStyle =
  'h-8 w-full rounded-control border border-border-strong bg-surface px-2.5 text-body text-text placeholder:text-text-3 disabled:bg-sunken disabled:text-text-3 aria-invalid:border-bad pointer-coarse:h-11';

type Shell = { label: string; help?: ReactNode; error?: string | undefined };

/** Label, control, help and error of one field, tied together for assistive technology. */
function FieldShell({
  id,
  label,
  help,
  error,
  children,
}: Shell & {
  id: string;
  children: (describedBy: { 'aria-describedby'?: string; 'aria-invalid'?: true }) => ReactNode;
}) {
  const described = [help ? `${id}-help` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="w-fit font-medium text-table">
        {label}
      </label>
      {children({
        ...(described ? { 'aria-describedby': described } : {}),
        ...(error ? { 'aria-invalid': true } : {}),
      })}
      {help && (
        <p id={`${id}-help`} className="text-label text-text-2">
          {help}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="font-medium text-bad text-label">
          {error}
        </p>
      )}
    </div>
  );
}

export function TextField({ label, help, error, className, ...input }: ComponentProps<'input'> & Shell) {
  const id = useId();
  return (
    <FieldShell id={id} label={label} help={help} error={error}>
      {described => <input id={id} className={clsx(controlStyle, className)} {...described} {...input} />}
    </FieldShell>
  );
}

/** A password that can be looked at; managers and pasting work. */
export function PasswordField({
  label,
  help,
  error,
  className,
  startShown = false,
  ...input
}: ComponentProps<'input'> & Shell & { startShown?: boolean }) {
  const id = useId();
  const [shown, setShown] = useState(startShown);
  const Icon = shown ? EyeOff : Eye;
  return (
    <FieldShell id={id} label={label} help={help} error={error}>
      {described => (
        <div className="relative">
          <input
            id={id}
            type={shown ? 'text' : 'password'}
            className={clsx(controlStyle, 'pr-10 pointer-coarse:pr-12', shown && 'font-mono', className)}
            autoCapitalize="none"
            autoCorrect="off"
            spellCheck={false}
            {...described}
            {...input}
          />
          <button
            type="button"
            aria-label={shown ? text.signIn.hidePassword : text.signIn.showPassword}
            aria-controls={id}
            onClick={() => setShown(!shown)}
            className="absolute inset-y-0 right-0 grid w-9 place-items-center rounded-control text-text-3 hover:text-text pointer-coarse:w-11"
          >
            <Icon aria-hidden="true" className="size-4" />
          </button>
        </div>
      )}
    </FieldShell>
  );
}

/** The platform's own list: quick with keyboard, screen reader and thumb. */
export function SelectField({ label, help, error, className, children, ...select }: ComponentProps<'select'> & Shell) {
  const id = useId();
  return (
    <FieldShell id={id} label={label} help={help} error={error}>
      {described => (
        <select id={id} className={clsx(controlStyle, className)} {...described} {...select}>
          {children}
        </select>
      )}
    </FieldShell>
  );
}

/** Several lines, such as the words somebody agreed to. */
export function TextArea({ label, help, error, className, ...input }: ComponentProps<'textarea'> & Shell) {
  const id = useId();
  return (
    <FieldShell id={id} label={label} help={help} error={error}>
      {described => (
        <textarea
          id={id}
          rows={3}
          className={clsx(controlStyle, 'h-auto py-1.5 pointer-coarse:h-auto', className)}
          {...described}
          {...input}
        />
      )}
    </FieldShell>
  );
}

/** One yes or no, its words beside the box. */
export function CheckField({ label, className, ...input }: ComponentProps<'input'> & { label: ReactNode }) {
  return (
    <label className={clsx('flex min-h-6 w-fit items-start gap-2 pointer-coarse:min-h-11', className)}>
      <input type="checkbox" className="mt-0.5 size-4 shrink-0 accent-accent" {...input} />
      <span className="min-w-0 break-words">{label}</span>
    </label>
  );
}

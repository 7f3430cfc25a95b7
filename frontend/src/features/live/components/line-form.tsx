import clsx from 'clsx';
import { type FormEvent, type ReactNode, type RefObject, useId } from 'react';

/** One line to a colleague or an agent, with what sends it beside it. Enter sends. */
export function LineForm({
  label,
  labelHidden = false,
  value,
  onChange,
  onSend,
  field,
  placeholder,
  disabled = false,
  problem = null,
  onInk = false,
  className,
  children,
}: {
  label: string;
  labelHidden?: boolean;
  value: string;
  onChange: (value: string) => void;
  onSend: () => void;
  field: RefObject<HTMLInputElement | null>;
  placeholder?: string;
  disabled?: boolean;
  /** Why it was not sent. */
  problem?: string | null;
  /** Upon an inverted block. */
  onInk?: boolean;
  className?: string;
  children: ReactNode;
}) {
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSend();
  };
  return (
    <form onSubmit={submit} className={clsx('grid gap-1', className)}>
      <label htmlFor={id} className={labelHidden ? 'visually-hidden' : 'font-medium text-table'}>
        {label}
      </label>
      <div className="flex flex-wrap gap-2">
        <input
          ref={field}
          id={id}
          value={value}
          maxLength={2_000}
          disabled={disabled}
          placeholder={placeholder}
          autoComplete="off"
          aria-describedby={problem ? `${id}-problem` : undefined}
          onChange={event => onChange(event.target.value)}
          className={clsx(
            'h-8 min-w-40 flex-1 rounded-control border px-2.5 pointer-coarse:h-11',
            onInk
              ? 'border-ink-fg bg-ink text-ink-fg focus-visible:outline-ink-fg'
              : 'border-border-strong bg-surface placeholder:text-text-3 disabled:bg-sunken',
          )}
        />
        {children}
      </div>
      {problem && (
        <p id={`${id}-problem`} role="alert" className="font-medium text-bad text-label">
          {problem}
        </p>
      )}
    </form>
  );
}

import { Check, Copy } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import { announce } from '../lib/announcements.ts';
import { text } from '../strings/en.ts';
import { Button } from './button.tsx';

/** A value to take away: selected on focus, copied by one press. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);

  async function copy() {
    input.current?.select();
    try {
      await navigator.clipboard.writeText(value);
    } catch {
      // The clipboard is refused or absent (plain http): the text is selected, so the keyboard's copy works.
      return;
    }
    setCopied(true);
    announce(text.copied);
  }

  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="w-fit font-medium text-table">
        {label}
      </label>
      <div className="flex gap-2">
        <input
          ref={input}
          id={id}
          readOnly
          value={value}
          onFocus={event => event.currentTarget.select()}
          className="h-8 min-w-0 flex-1 rounded-control border border-border-strong bg-sunken px-2.5 font-mono text-table pointer-coarse:h-11"
        />
        <Button look="primary" onClick={copy}>
          {copied ? <Check aria-hidden="true" className="size-4" /> : <Copy aria-hidden="true" className="size-4" />}
          {copied ? text.copied : text.copy}
        </Button>
      </div>
    </div>
  );
}

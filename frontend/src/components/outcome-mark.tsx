import clsx from 'clsx';
import { codeInWords } from '../lib/code-words.ts';
import { text } from '../strings/en.ts';

/** Outcomes in the order of charts and legends, each with its colour; several share one. */
export const outcomeTones: Readonly<Record<string, OutcomeTone>> = {
  conversation: 'o1',
  voicemail: 'o2',
  'message-left': 'o2',
  'no-answer': 'o3',
  busy: 'o4',
  failed: 'o5',
  'invalid-number': 'o5',
  canceled: 'o5',
  abandoned: 'o5',
  'opt-out': 'o6',
};
export type OutcomeTone = 'o1' | 'o2' | 'o3' | 'o4' | 'o5' | 'o6';

/** The same as a background. */
export const outcomeFills: Record<OutcomeTone, string> = {
  o1: 'bg-o1',
  o2: 'bg-o2',
  o3: 'bg-o3',
  o4: 'bg-o4',
  o5: 'bg-o5',
  o6: 'bg-o6',
};

/** A square in an outcome's colour; whatever it means stands beside it in words. */
export function OutcomeSwatch({ tone, className }: { tone: OutcomeTone; className?: string }) {
  return (
    <span
      aria-hidden="true"
      data-mark
      className={clsx(
        'inline-block size-2.5 shrink-0 rounded-[2px] border border-border-strong',
        outcomeFills[tone],
        className,
      )}
    />
  );
}

export const outcomeWord = (outcome: string): string => text.outcomes[outcome] ?? codeInWords(outcome);

/** What an agent noted as the result; null where it noted none. */
export const resultWord = (result: string): string | null => (result === 'none' ? null : outcomeWord(result));

/** How a call ended: its colour and its word. */
export function OutcomeMark({ outcome }: { outcome: string }) {
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <OutcomeSwatch tone={outcomeTones[outcome] ?? 'o3'} />
      {outcomeWord(outcome)}
    </span>
  );
}

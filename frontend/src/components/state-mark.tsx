import clsx from 'clsx';
import { Check, CircleDashed, CircleSlash, CircleX, FlaskConical, MicVocal, Octagon, Triangle } from 'lucide-react';
import type { ReactNode } from 'react';

/** Meaning is carried by shape and word; colour only helps. */
const marks = {
  running: { tone: 'text-live', mark: <span data-mark className="size-2 rounded-full bg-m-live" /> },
  passed: { tone: 'text-live', mark: <Check className="size-3.5 text-m-live" strokeWidth={2.5} /> },
  idle: {
    tone: 'text-text-2',
    mark: <span data-mark className="size-2 rounded-full border-[1.5px] border-m-idle" />,
  },
  blocked: { tone: 'text-text-2', mark: <CircleSlash className="size-3.5 text-m-idle" strokeWidth={2.25} /> },
  ringing: {
    tone: 'text-text-2',
    // With round ends the dashes of so small a ring touch, and it looks like the hollow one.
    mark: <CircleDashed className="size-3.5 text-m-live" strokeWidth={3} strokeLinecap="butt" />,
  },
  failed: { tone: 'text-bad', mark: <CircleX className="size-3.5 text-m-bad" strokeWidth={2.25} /> },
  /** A person speaks in the agent's place. */
  person: {
    tone: 'text-text',
    mark: (
      <span data-mark className="grid size-3.5 place-items-center rounded-chip bg-ink text-ink-fg">
        <MicVocal className="size-2.5" />
      </span>
    ),
  },
  sandbox: { tone: 'text-warn', mark: <FlaskConical className="size-3.5 text-warn" strokeWidth={2} /> },
  attention: { tone: 'text-warn', mark: <Triangle className="size-3 fill-m-warn text-m-warn" /> },
  urgent: { tone: 'text-bad', mark: <Octagon className="size-3.5 fill-m-bad text-m-bad" strokeLinejoin="miter" /> },
} as const;

export type StateKind = keyof typeof marks;

/** A state's shape with its word. */
export function StateMark({ kind, children, className }: { kind: StateKind; children: ReactNode; className?: string }) {
  const { tone, mark } = marks[kind];
  return (
    <span className={clsx('inline-flex items-baseline gap-1.5 whitespace-nowrap font-medium', tone, className)}>
      <span aria-hidden="true" className="grid size-3.5 shrink-0 place-items-center self-center">
        {mark}
      </span>
      {children}
    </span>
  );
}

/** The shape alone; its word is for screen readers. */
export function StateShape({ kind, label }: { kind: StateKind; label: string }) {
  return (
    <span className="grid size-3.5 shrink-0 place-items-center">
      <span aria-hidden="true" className="grid place-items-center">
        {marks[kind].mark}
      </span>
      <span className="visually-hidden">{label}</span>
    </span>
  );
}

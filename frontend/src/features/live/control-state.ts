import type { LetGo } from '../../../../src/handoff/handoff.types.ts';
import type { MicrophoneProblem } from '../../lib/voice/microphone-problem.ts';

export type Step = 'watching' | 'listening' | 'asking' | 'taking-over' | 'in-control' | 'handing-back';

/** Why things are not as they were asked for. */
export type ControlNotice =
  | { readonly kind: 'taken'; readonly by: string | null }
  | { readonly kind: 'no-microphone'; readonly problem: MicrophoneProblem }
  | { readonly kind: 'line-lost' | 'too-slow' | 'timed-out' | 'transferred' }
  /** The call ended before it was taken over, or while we spoke; `was` says which. */
  | { readonly kind: 'ended'; readonly was: 'taking-over' | 'in-control'; readonly at: number }
  | { readonly kind: 'failed'; readonly act: 'listen' | 'takeover' | 'handback'; readonly message: string };

/** What I do with one call. */
export interface Control {
  readonly step: Step;
  /** Its sound comes to my ear. */
  readonly hears: boolean;
  /** When the take-over was asked for, or the call was mine. */
  readonly since: number;
  /** The carrier takes its time: said after two seconds. */
  readonly slow: boolean;
  readonly muted: boolean;
  /** The note was sent, and the agent has not confirmed yet. */
  readonly sent: boolean;
  readonly notice: ControlNotice | null;
}

export type ControlEvent =
  | { readonly type: 'listen' | 'unlisten' | 'ask' | 'cancel' | 'confirm' | 'slow' | 'timed-out' | 'taken-over' }
  | { readonly type: 'hand-back' | 'keep' | 'handed-back' | 'lost' | 'dismiss' | 'leave' }
  | { readonly type: 'send-back'; readonly note: string }
  | { readonly type: 'mute'; readonly on: boolean }
  | { readonly type: 'no-microphone'; readonly problem: MicrophoneProblem }
  | {
      readonly type: 'refused';
      readonly act: 'listen' | 'takeover' | 'handback';
      readonly taken: boolean;
      readonly by: string | null;
      readonly message: string;
    }
  | { readonly type: 'let-go'; readonly what: 'listen' | 'takeover'; readonly why: LetGo }
  | { readonly type: 'ended' };

/** What is to be done outside, in this order. */
export type Effect =
  | { readonly do: 'listen' | 'unlisten' | 'take-over' | 'give-up' | 'close-microphone' }
  | { readonly do: 'hand-back'; readonly note: string }
  | { readonly do: 'mute'; readonly on: boolean };

export interface Next {
  readonly control: Control;
  readonly effects: readonly Effect[];
}

export const watching: Control = {
  step: 'watching',
  hears: false,
  since: 0,
  slow: false,
  muted: false,
  sent: false,
  notice: null,
};

/** Still in control of the call, or on the way there: leaving the page must ask first. */
export const speaks = ({ step }: Control): boolean =>
  step === 'taking-over' || step === 'in-control' || step === 'handing-back';

type Move = (control: Control, event: never, now: number) => Next;
type Moves = {
  readonly [T in ControlEvent['type']]?: (
    control: Control,
    event: Extract<ControlEvent, { type: T }>,
    now: number,
  ) => Next;
};

const to = (control: Control, changes: Partial<Control>, ...effects: Effect[]): Next => ({
  control: { ...control, slow: false, sent: false, notice: null, ...changes },
  effects,
});
const rest = (hears: boolean): Step => (hears ? 'listening' : 'watching');
/** Back to where no one speaks but the agent; what is heard goes on being heard. */
const back = (control: Control, notice: ControlNotice | null, ...effects: Effect[]): Next =>
  to(control, { step: rest(control.hears), muted: false, notice }, ...effects);
const closed: Effect = { do: 'close-microphone' };

const listen: Moves['listen'] = control => to(control, { step: 'listening', hears: true }, { do: 'listen' });
const ask: Moves['ask'] = control => to(control, { step: 'asking' });
/** Nobody is left to hear or speak with. */
const ended: Moves['ended'] = control => to(control, watching, ...(control.hears ? [{ do: 'unlisten' } as const] : []));
const silenced: Moves['lost'] = control => to(control, watching);
const refusedListening: Moves['refused'] = (control, { act, message }) =>
  to(control, { ...watching, notice: { kind: 'failed', act, message } }, { do: 'unlisten' });

/** While somebody only hears, being let go means silence. */
const letGoListening: Moves['let-go'] = (control, { what, why }) => {
  if (what !== 'listen') return { control, effects: [] };
  const notice: ControlNotice | null =
    why === 'too-slow'
      ? { kind: 'too-slow' }
      : why === 'line-lost' || why === 'holder-lost'
        ? { kind: 'line-lost' }
        : null;
  return to(control, { ...watching, notice }, { do: 'unlisten' });
};

/** What a person who speaks on the call is told when they no longer do. */
const letGoSpeaking: Moves['let-go'] = (control, event, now) => {
  const { what, why } = event;
  if (what === 'listen') return { control: { ...control, hears: false }, effects: [] };
  switch (why) {
    case 'handed-back':
      return back(control, null, closed);
    case 'call-ended':
      return to(control, { ...watching, notice: { kind: 'ended', was: 'in-control', at: now } }, closed);
    case 'transferred':
      return back(control, { kind: 'transferred' }, closed);
    case 'taken-by-other':
      return back(control, { kind: 'taken', by: null }, closed);
    default:
      return back(control, { kind: 'line-lost' }, closed);
  }
};

const leave: Moves['leave'] = control =>
  to(control, watching, ...(control.step === 'watching' || !control.hears ? [] : [{ do: 'unlisten' } as const]));
const leaveSpeaking: Moves['leave'] = control => to(control, watching, { do: 'give-up' }, closed, { do: 'unlisten' });
const mute: Moves['mute'] = (control, { on }) => ({
  control: { ...control, muted: on },
  effects: [{ do: 'mute', on }],
});
const dismiss: Moves['dismiss'] = control => ({ control: { ...control, notice: null }, effects: [] });

/** Each step with the events that mean something there. */
const table: Readonly<Record<Step, Moves>> = {
  watching: { listen, ask, dismiss, leave, ended: control => ({ control, effects: [] }) },
  listening: {
    unlisten: control => to(control, { step: 'watching', hears: false }, { do: 'unlisten' }),
    ask,
    dismiss,
    leave,
    ended,
    lost: silenced,
    refused: refusedListening,
    'let-go': letGoListening,
  },
  asking: {
    confirm: (control, _, now) =>
      to(control, { step: 'taking-over', hears: true, since: now }, { do: 'listen' }, { do: 'take-over' }),
    cancel: control => back(control, null),
    listen: control => ({ control: { ...control, hears: true }, effects: [{ do: 'listen' }] }),
    leave,
    ended,
    lost: silenced,
    refused: refusedListening,
    'let-go': letGoListening,
  },
  'taking-over': {
    slow: control => ({ control: { ...control, slow: true }, effects: [] }),
    cancel: control => back(control, null, { do: 'give-up' }, closed),
    'timed-out': control => back(control, { kind: 'timed-out' }, { do: 'give-up' }, closed),
    'taken-over': (control, _, now) => to(control, { step: 'in-control', since: now }),
    'no-microphone': (control, { problem }) => back(control, { kind: 'no-microphone', problem }, closed),
    refused: (control, { taken, by, act, message }) =>
      back(control, taken ? { kind: 'taken', by } : { kind: 'failed', act, message }, closed),
    'let-go': (control, { what, why }, now) => {
      if (what === 'listen' && why !== 'call-ended') return { control: { ...control, hears: false }, effects: [] };
      if (why === 'taken-by-other') return back(control, { kind: 'taken', by: null }, closed);
      if (why !== 'call-ended') return back(control, { kind: 'line-lost' }, closed);
      return to(control, { ...watching, notice: { kind: 'ended', was: 'taking-over', at: now } }, closed);
    },
    ended: (control, _, now) =>
      to(control, { ...watching, notice: { kind: 'ended', was: 'taking-over', at: now } }, { do: 'give-up' }, closed, {
        do: 'unlisten',
      }),
    lost: control => to(control, { ...watching, notice: { kind: 'line-lost' } }, { do: 'give-up' }, closed),
    leave: leaveSpeaking,
  },
  'in-control': {
    mute,
    'hand-back': control => ({ control: { ...control, step: 'handing-back', sent: false, notice: null }, effects: [] }),
    'no-microphone': (control, { problem }) =>
      back(control, { kind: 'no-microphone', problem }, { do: 'hand-back', note: '' }, closed),
    'let-go': letGoSpeaking,
    ended: (control, _, now) =>
      to(control, { ...watching, notice: { kind: 'ended', was: 'in-control', at: now } }, closed, { do: 'unlisten' }),
    lost: control => to(control, { ...watching, notice: { kind: 'line-lost' } }, closed),
    dismiss,
    leave: leaveSpeaking,
  },
  'handing-back': {
    mute,
    keep: control =>
      control.sent ? { control, effects: [] } : { control: { ...control, step: 'in-control' }, effects: [] },
    'send-back': (control, { note }) =>
      control.sent
        ? { control, effects: [] }
        : { control: { ...control, sent: true, notice: null }, effects: [{ do: 'hand-back', note }] },
    'handed-back': control => back(control, null, closed),
    refused: (control, { act, message }) => ({
      control: { ...control, step: 'in-control', sent: false, notice: { kind: 'failed', act, message } },
      effects: [],
    }),
    'let-go': letGoSpeaking,
    ended: (control, _, now) =>
      to(control, { ...watching, notice: { kind: 'ended', was: 'in-control', at: now } }, closed, { do: 'unlisten' }),
    lost: control => to(control, { ...watching, notice: { kind: 'line-lost' } }, closed),
    leave: leaveSpeaking,
  },
};

/** Where an event leads. No entry means late or not meant for this step: nothing changes. */
export function advance(control: Control, event: ControlEvent, now: number): Next {
  const move = table[control.step][event.type] as Move | undefined;
  return move ? move(control, event as never, now) : { control, effects: [] };
}

import type { UseMutationResult } from '@tanstack/react-query';
import type { ComponentProps } from 'react';
import { act } from '../lib/act.ts';
import { notify } from '../lib/announcements.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';

type Question = Omit<ComponentProps<typeof ConfirmDialog>, 'open' | 'busy' | 'error' | 'onConfirm'>;

/** Asks before something is written, stays with what went wrong, and says what came of it. */
export function ConfirmAct<Data, Input>({
  mutation,
  input,
  said,
  onDone,
  ...question
}: Question & {
  mutation: Pick<UseMutationResult<Data, Error, Input>, 'isPending' | 'error' | 'mutateAsync'>;
  input: Input;
  /** The result in a sentence. */
  said: (result: Data) => string;
  /** Where it leads; without, the question is closed. */
  onDone?: () => void;
}) {
  const onConfirm = () =>
    act(mutation, input, result => {
      notify(said(result));
      (onDone ?? question.onClose)();
    });
  return <ConfirmDialog open busy={mutation.isPending} error={mutation.error} onConfirm={onConfirm} {...question} />;
}

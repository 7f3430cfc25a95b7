import type { UseMutationResult } from '@tanstack/react-query';
import type { ComponentProps } from 'react';
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
  mutation: Pick<UseMutationResult<Data, Error, Input>, 'isPending' | 'error' | 'mutate'>;
  input: Input;
  /** The result in a sentence. */
  said: (result: Data) => string;
  /** Where it leads; without, the question is closed. */
  onDone?: () => void;
}) {
  const { isPending, error, mutate } = mutation;
  const onSuccess = (result: Data) => {
    notify(said(result));
    (onDone ?? question.onClose)();
  };
  return (
    <ConfirmDialog open busy={isPending} error={error} onConfirm={() => mutate(input, { onSuccess })} {...question} />
  );
}

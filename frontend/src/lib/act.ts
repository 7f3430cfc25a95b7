import type { UseMutationResult } from '@tanstack/react-query';

/**
 * Does it, and then what follows a success; what went wrong is the mutation's `error`. A mutation forgets the `onSuccess` that its `mutate`
 * was given when whoever gave it is no longer on the page, and what was changed may have taken it away before the answer was here.
 */
export function act<Data, Input>(
  { mutateAsync }: Pick<UseMutationResult<Data, Error, Input>, 'mutateAsync'>,
  input: Input,
  onSuccess: (result: Data) => void,
): void {
  mutateAsync(input).then(onSuccess, () => undefined);
}

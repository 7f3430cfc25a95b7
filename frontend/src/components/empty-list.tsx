import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { EmptyPart } from './empty-part.tsx';

/** What an empty list says: that nothing matches, with a way back to all, or what will appear here and how. */
export function EmptyList({
  words,
  filtered,
  action,
  onShowAll,
}: {
  words: {
    readonly empty: string;
    readonly emptyHow: string;
    readonly noneMatch: string;
    readonly showAll: string;
  };
  filtered: boolean;
  /** How the first one is made. */
  action?: ReactNode;
  onShowAll: () => void;
}) {
  return filtered ? (
    <EmptyPart what={words.noneMatch} action={<Button onClick={onShowAll}>{words.showAll}</Button>} />
  ) : (
    <EmptyPart what={words.empty} how={words.emptyHow} action={action} />
  );
}

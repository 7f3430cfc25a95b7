import { useQueries } from '@tanstack/react-query';
import { contactListQuery } from '../../lib/contact-lists.ts';
import { useMay } from '../../lib/use-user.ts';

/** How many are on each of these lists; null while that is not known. */
export function useListSizes(lists: readonly string[]): readonly number[] | null {
  const mayRead = useMay('contacts:read');
  const sizes = useQueries({
    queries: lists.map(id => ({ ...contactListQuery(id), enabled: mayRead })),
  }).map(({ data }) => data?.size);
  return sizes.every(size => size !== undefined) ? sizes : null;
}

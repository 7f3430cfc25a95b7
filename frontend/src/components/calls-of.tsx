import { useInfiniteQuery } from '@tanstack/react-query';
import { type CallOf, callsOf } from '../lib/calls-of.ts';
import { CallList } from './call-list.tsx';
import { EmptyPart } from './empty-part.tsx';
import { PagedList } from './paged-list.tsx';
import type { Column } from './record-table.tsx';

/** Every call of one campaign or with one person, as part of its page. */
export function CallsOf({
  filter,
  follow,
  words,
  besides = [],
}: {
  filter: Parameters<typeof callsOf>[0];
  follow?: boolean;
  words: Readonly<Record<'label' | 'failed' | 'empty' | 'emptyHow' | 'end', string>>;
  besides?: readonly Column<CallOf>[];
}) {
  const query = useInfiniteQuery(callsOf(filter, follow));
  return (
    <PagedList
      query={query}
      failed={words.failed}
      empty={<EmptyPart what={words.empty} how={words.emptyHow} />}
      end={words.end}
    >
      {rows => <CallList label={words.label} rows={rows} besides={besides} />}
    </PagedList>
  );
}

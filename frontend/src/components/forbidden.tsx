import { useUser } from '../lib/use-user.ts';
import { text } from '../strings/en.ts';
import { PageHeader } from './page-header.tsx';

/** What a deep link to a page without the right to it says. */
export function Forbidden({ page }: { page: string }) {
  const { role } = useUser();
  return <PageHeader title={text.rights.title(page)} facts={text.rights.body(text.roles[role] ?? role)} />;
}

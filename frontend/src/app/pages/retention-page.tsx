import { Band } from '../../components/band.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { CleanUpForm } from '../../features/retention/components/clean-up.tsx';
import { KeptTable } from '../../features/retention/components/kept-table.tsx';
import { retentionText as words } from '../../strings/settings.ts';

/** What is kept how long, and what goes. */
export function RetentionPage() {
  return (
    <>
      <PageHeader title={words.title} facts={words.facts} />
      <Band title={words.kept} body={`${words.keptBody} ${words.nightly}`}>
        <KeptTable />
      </Band>
      <Band title={words.cleanUp} body={words.cleanUpBody}>
        <CleanUpForm />
      </Band>
    </>
  );
}

import { Band } from '../../components/band.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { KillSwitchPart } from '../../features/operations/components/kill-switch.tsx';
import { StandingTable } from '../../features/operations/components/standing-table.tsx';
import { StopAllPart } from '../../features/operations/components/stop-all.tsx';
import { StuckPeople } from '../../features/operations/components/stuck-people.tsx';
import { useMay } from '../../lib/use-user.ts';
import { operationsText } from '../../strings/operations.ts';

const words = operationsText.calling;

/** What stops calls, and what mends what a crash left behind. */
export function CallingPage() {
  const mayMend = useMay('system:write');
  const seesSwitch = useMay('kill-switch:read');
  const seesCampaigns = useMay('campaigns:read');
  return (
    <>
      <PageHeader title={words.title} facts={mayMend ? words.facts : words.factsOfStopping} />
      {seesSwitch && (
        <Band title={words.kill.title} body={words.kill.body}>
          <KillSwitchPart />
        </Band>
      )}
      {seesCampaigns && (
        <>
          <Band title={words.stopAll.title} body={words.stopAll.body}>
            <StopAllPart />
          </Band>
          <section aria-label={words.standing.title} className="border-t">
            <div className="bg-surface px-3 pt-5 pb-2 tablet:px-4">
              <h2 className="font-semibold text-section">{words.standing.title}</h2>
              <p className="mt-1 text-table text-text-2">{words.standing.body}</p>
            </div>
            <StandingTable />
          </section>
        </>
      )}
      {mayMend && (
        <Band title={words.stuck.title} body={words.stuck.body}>
          <StuckPeople />
        </Band>
      )}
    </>
  );
}

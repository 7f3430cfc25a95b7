import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, buttonStyle } from '../../../components/button.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { Findings } from '../../../components/findings.tsx';
import { type StateKind, StateMark } from '../../../components/state-mark.tsx';
import { agentsQuery } from '../../../lib/agents.ts';
import { numbersQuery } from '../../../lib/numbers.ts';
import { useStore } from '../../../lib/use-store.ts';
import { useMay, useUser } from '../../../lib/use-user.ts';
import { setUpText as words } from '../../../strings/set-up.ts';
import { anyCallQuery, firstCampaignQuery, type InstallationCheck, installationCheckQuery } from '../api/set-up.ts';
import { hideSetUp, isSetUpHidden, setUpHidden } from '../set-up-hidden.ts';
import { type SetUpStep, type SetUpStepName, setUpSteps } from '../set-up-steps.ts';

const marks: Record<SetUpStep['state'], StateKind> = {
  done: 'passed',
  next: 'attention',
  open: 'idle',
  unknown: 'ringing',
};

/** Greets whoever runs a new installation and leads to the first campaign; goes when it is done or sent away. */
export function SetUpPart({
  sandboxOn,
  pages,
}: {
  sandboxOn: boolean;
  /** Where agents and numbers are looked after, as far as this user may. */
  pages: { readonly agents: string | undefined; readonly numbers: string | undefined };
}) {
  const user = useUser();
  const hidden = isSetUpHidden(useStore(setUpHidden), user.id);
  return hidden ? null : <SetUp sandboxOn={sandboxOn} pages={pages} onHide={() => hideSetUp(user.id)} />;
}

function SetUp({ sandboxOn, pages, onHide }: Parameters<typeof SetUpPart>[0] & { onHide: () => void }) {
  const check = useQuery(installationCheckQuery);
  const agents = useQuery(agentsQuery);
  const numbers = useQuery(numbersQuery);
  const calls = useQuery(anyCallQuery);
  const campaigns = useQuery(firstCampaignQuery);
  const steps = setUpSteps({
    blocking: check.data?.blocking,
    agents: agents.data?.items.length,
    numbers: numbers.data?.items.filter(({ callerId }) => callerId).length,
    calls: calls.data,
    campaignStarted: campaigns.data?.started,
  });
  const failed = [agents, numbers, calls, campaigns].find(({ isError, data }) => isError && data === undefined);
  const finished = steps.every(({ state }) => state === 'done');
  const left = steps.filter(({ state }) => state !== 'done').length;
  // Whoever has had it all for long sees nothing flash up.
  if (!check.data && !check.isError && steps.slice(1).every(({ state }) => state === 'done' || state === 'unknown'))
    return null;
  if (finished && (check.data?.warnings ?? 0) === 0) return null;
  const acts: Record<SetUpStepName, ReactNode> = {
    check: (
      <Button size="dense" disabled={check.isFetching} onClick={() => void check.refetch()}>
        {check.isFetching ? words.checking : words.again}
      </Button>
    ),
    agent: pages.agents && <Go to={pages.agents}>{words.acts.agent}</Go>,
    number: pages.numbers && <Go to={pages.numbers}>{words.acts.number}</Go>,
    'test-call': <TestCall sandboxOn={sandboxOn} />,
    campaign: <FirstCampaign waiting={campaigns.data?.waiting ?? null} />,
  };
  return (
    <section aria-labelledby="set-up" className="border-accent border-t-2 bg-surface px-3 py-4 tablet:px-4">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h2 id="set-up" className="font-semibold text-section">
            {words.title}
          </h2>
          <p className="max-w-[78ch] text-text-2">{finished ? words.finished : words.body(left)}</p>
        </div>
        <Button size="dense" onClick={onHide}>
          <X aria-hidden="true" className="size-3.5" />
          {words.hide}
        </Button>
      </div>
      {failed && (
        <ErrorPart className="mt-3" what={words.failed} error={failed.error} onRetry={() => void failed.refetch()} />
      )}
      <ol className="mt-3 border-t">
        {steps.map(({ name, state }, place) => (
          <li key={name} className="border-b py-2.5 last:border-b-0">
            <div className="grid items-center gap-x-4 gap-y-1.5 tablet:grid-cols-[8rem_minmax(0,1fr)_auto]">
              <StateMark kind={marks[state]}>{words.states[state]}</StateMark>
              <div className="min-w-0">
                <p className="font-medium">
                  {place + 1}. {words.steps[name].title}
                </p>
                <p className="max-w-[78ch] text-text-2">{words.steps[name].body(sandboxOn)}</p>
              </div>
              <div className="flex flex-wrap gap-2">{(state !== 'done' || name === 'check') && acts[name]}</div>
            </div>
            {name === 'check' && (
              <CheckResult check={() => void check.refetch()} report={check.data} error={check.error} />
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What is in the way, and what to look at, each with what helps. */
function CheckResult({
  check,
  report,
  error,
}: {
  check: () => void;
  report: InstallationCheck | undefined;
  error: unknown;
}) {
  if (!report)
    return error ? <ErrorPart className="mt-2" what={words.checkFailed} error={error} onRetry={check} /> : null;
  const open = report.findings.filter(({ level }) => level !== 'ok');
  const first = [...open].sort((one, other) => Number(one.level === 'warn') - Number(other.level === 'warn'));
  return (
    <div className="mt-2 tablet:pl-36">
      <Findings findings={first} />
      <p className="pt-1 text-text-2">{words.inOrder(report.findings.length - open.length)}</p>
    </div>
  );
}

const Go = ({ to, search, children }: { to: string; search?: object; children: ReactNode }) => (
  <Link to={to} search={(search ?? {}) as never} className={buttonStyle({ size: 'dense' })}>
    {children}
  </Link>
);

function TestCall({ sandboxOn }: { sandboxOn: boolean }) {
  const mayUseSandbox = useMay('sandbox:use');
  const mayCall = useMay('calls:place');
  if (sandboxOn && mayUseSandbox) return <Go to="/sandbox">{words.acts.sandbox}</Go>;
  return (
    mayCall && (
      <Go to="/calls" search={{ place: true }}>
        {words.acts.call}
      </Go>
    )
  );
}

function FirstCampaign({ waiting }: { waiting: { readonly id: string; readonly name: string } | null }) {
  const mayMake = useMay('campaigns:write');
  return (
    <>
      {waiting && <Go to={`/campaigns/${waiting.id}`}>{words.acts.waiting(waiting.name)}</Go>}
      {mayMake && <Go to="/campaigns/new">{words.acts.campaign}</Go>}
    </>
  );
}

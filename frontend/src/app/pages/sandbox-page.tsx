import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Band } from '../../components/band.tsx';
import { ErrorPart } from '../../components/error-part.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { Skeleton } from '../../components/skeleton.tsx';
import { activityQuery, setUpQuery } from '../../features/sandbox/api/sandbox.ts';
import { CallList } from '../../features/sandbox/components/call-list.tsx';
import { ConversationList } from '../../features/sandbox/components/conversation-list.tsx';
import { FaultForm } from '../../features/sandbox/components/fault-form.tsx';
import { AnswerForm, CallInForm } from '../../features/sandbox/components/people-forms.tsx';
import { PhonePanel } from '../../features/sandbox/components/phone-panel.tsx';
import { DebuggerList, ViolationList } from '../../features/sandbox/components/violation-list.tsx';
import { createPhone } from '../../features/sandbox/phone/phone.ts';
import { formatClock } from '../../lib/format.ts';
import { useStore } from '../../lib/use-store.ts';
import { text } from '../../strings/en.ts';

const words = text.console;

/** The simulated telephone network: watched, steered, and taken part in. */
export function SandboxPage() {
  const [phone] = useState(createPhone);
  const phoneView = useStore(phone.view);
  const activity = useQuery(activityQuery);
  const setUp = useQuery(setUpQuery);
  const { data } = activity;
  return (
    <>
      <PageHeader
        title={words.title}
        facts={
          data && (
            <>
              {words.ongoing(data.carrier?.ongoing ?? data.agent?.ongoing ?? 0)}
              {' · '}
              {data.violationCount > 0 && (
                <>
                  <a href="#violations" className="font-medium text-bad underline">
                    {words.violations.counted(data.violationCount)}
                  </a>
                  {' · '}
                </>
              )}
              {activity.isError ? (
                <span className="font-medium text-warn">{words.stale(formatClock(activity.dataUpdatedAt))}</span>
              ) : data.agent ? (
                words.facts
              ) : (
                words.factsRealAgent
              )}
            </>
          )
        }
      />
      {activity.isError && (
        <div className="px-3 pb-4 tablet:px-4">
          <ErrorPart what={words.failed} error={activity.error} onRetry={() => activity.refetch()} />
        </div>
      )}
      {setUp.isError && (
        <div className="px-3 pb-4 tablet:px-4">
          <ErrorPart what={words.setUpFailed} error={setUp.error} onRetry={() => setUp.refetch()} />
        </div>
      )}
      {setUp.data?.phone && (
        <Band title={text.phone.title} body={text.phone.body}>
          <PhonePanel phone={phone} numbers={setUp.data.numbers} />
          {data?.agent && <p className="mt-4 max-w-[78ch] text-table text-text-2">{text.phone.twinAgent}</p>}
        </Band>
      )}
      {activity.isPending && (
        <div className="border-y bg-surface">
          <Skeleton rows={8} rowClass="h-10 px-4" />
        </div>
      )}
      {data?.carrier && (
        <ListSection title={words.calls.title} body={words.calls.body}>
          <CallList
            calls={data.carrier.calls}
            now={data.at}
            atPhone={phoneView.name === 'talking' ? phoneView.call.sid : null}
          />
        </ListSection>
      )}
      {data?.agent && (
        <ListSection title={words.conversations.title} body={words.conversations.body}>
          <ConversationList conversations={data.agent.conversations} people={setUp.data?.people ?? []} />
        </ListSection>
      )}
      {data && (
        <Band id="violations" title={words.violations.title} body={words.violations.body}>
          <ViolationList violations={data.violations} count={data.violationCount} />
        </Band>
      )}
      {data?.carrier && setUp.data && (
        <Band title={words.people.title} body={words.people.body}>
          <div className="grid gap-6 tablet:grid-cols-2">
            <AnswerForm people={setUp.data.people} next={data.carrier.next} />
            <CallInForm people={setUp.data.people} numbers={setUp.data.numbers} />
          </div>
        </Band>
      )}
      {data && setUp.data && (
        <Band title={words.faults.title} body={words.faults.body}>
          <FaultForm faults={setUp.data.faults} activity={data} />
        </Band>
      )}
      {data?.carrier && (
        <Band title={words.debugger.title} body={words.debugger.body}>
          <DebuggerList entries={data.carrier.debugger} />
        </Band>
      )}
    </>
  );
}

/** A wide table takes the whole width of the page. */
function ListSection({ title, body, children }: { title: string; body: string; children: ReactNode }) {
  return (
    <section className="border-t bg-surface">
      <div className="px-3 pt-5 pb-2 tablet:px-4">
        <h2 className="font-semibold text-section">{title}</h2>
        <p className="mt-1 text-table text-text-2">{body}</p>
      </div>
      {children}
    </section>
  );
}

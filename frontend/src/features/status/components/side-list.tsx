import { Fact, FactList } from '../../../components/fact-list.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { text } from '../../../strings/en.ts';
import type { SideState, Status } from '../api/status.ts';

const SideMark = ({ side }: { side: SideState }) =>
  side === 'sandbox' ? (
    <StateMark kind="sandbox">{text.overview.states.sandbox}</StateMark>
  ) : (
    <StateMark kind="running">{text.overview.states.real}</StateMark>
  );

/** Which side is the vendor and which our sandbox, with what that means for telephones and money. */
export function SideList({ sandbox, ready }: { sandbox: Status['sandbox']; ready?: { state: boolean; note: string } }) {
  return (
    <FactList>
      <Fact name={text.overview.line} state={<SideMark side={sandbox.carrier} />}>
        {sandbox.carrier === 'sandbox' ? text.overview.lineSandbox : text.overview.lineReal}
      </Fact>
      <Fact name={text.overview.agent} state={<SideMark side={sandbox.agent} />}>
        {sandbox.agent === 'sandbox' ? text.overview.agentSandbox : text.overview.agentReal}
      </Fact>
      {ready && (
        <Fact
          name={text.overview.api}
          state={
            ready.state ? (
              <StateMark kind="running">{text.overview.states.ready}</StateMark>
            ) : (
              <StateMark kind="urgent">{text.overview.states.notReady}</StateMark>
            )
          }
        >
          {ready.note}
        </Fact>
      )}
    </FactList>
  );
}

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { TextField } from '../../../components/field.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { When } from '../../../components/when.tsx';
import { useMay } from '../../../lib/use-user.ts';
import { operationsText } from '../../../strings/operations.ts';
import { killSwitchQuery, useTurnKillSwitch } from '../api/operations.ts';

const words = operationsText.calling.kill;

/** Whether anybody is called at all, and the switch. */
export function KillSwitchPart() {
  const query = useQuery(killSwitchQuery);
  const mayTurn = useMay('kill-switch:write');
  const [asking, setAsking] = useState(false);
  const state = query.data;
  return (
    <>
      {query.isError && (
        <ErrorPart className="mb-3" what={words.failed} error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton rows={1} rowClass="h-10" />}
      {state && (
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <div className="min-w-48 flex-1">
            <p role="status">
              {state.on ? (
                <StateMark kind="urgent">{words.stopped}</StateMark>
              ) : (
                <StateMark kind="running">{words.allowed}</StateMark>
              )}{' '}
              {state.on && state.since && (
                <span className="text-text-2">
                  {words.since} <When value={state.since} /> {state.by && words.by(state.by)}
                </span>
              )}
            </p>
            {state.on && state.reason && <p className="mt-1 max-w-[78ch] break-words">{state.reason}</p>}
          </div>
          {mayTurn && (
            <Button look={state.on ? 'primary' : 'danger'} onClick={() => setAsking(true)}>
              {state.on ? words.allow : words.stop}
            </Button>
          )}
        </div>
      )}
      {asking && state && <TurnDialog on={!state.on} onClose={() => setAsking(false)} />}
    </>
  );
}

function TurnDialog({ on: asked, onClose }: { on: boolean; onClose: () => void }) {
  // What was asked stays the question, even if somebody else turns the switch meanwhile.
  const [on] = useState(asked);
  const turn = useTurnKillSwitch();
  const [reason, setReason] = useState('');
  return (
    <ConfirmAct
      harmless={!on}
      title={on ? words.stopTitle : words.allowTitle}
      body={on ? words.stopBody : words.allowBody}
      act={on ? words.stop : words.allow}
      failed={words.turnFailed}
      onClose={onClose}
      mutation={turn}
      input={{ on, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) }}
      said={() => (on ? words.stoppedDone : words.allowedDone)}
    >
      <div className="mt-3">
        <TextField
          label={words.reason}
          help={words.reasonHelp}
          value={reason}
          maxLength={500}
          autoComplete="off"
          onChange={event => setReason(event.target.value)}
        />
      </div>
    </ConfirmAct>
  );
}

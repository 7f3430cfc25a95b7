import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { Skeleton } from '../../../components/skeleton.tsx';
import { spacedNumber } from '../../../lib/phone-number.ts';
import { numbersText } from '../../../strings/settings.ts';
import { type OwnNumber, useConnectionPlan, useConnectNumber } from '../api/numbers.ts';

const words = numbersText.connecting;
const fields = ['voiceUrl', 'fallbackUrl', 'statusCallback'] as const;

/** Shows where the number points and where it would, before anything is changed. */
export function ConnectDialog({ number, onClose }: { number: OwnNumber; onClose: () => void }) {
  const plan = useConnectionPlan(number.id);
  const connect = useConnectNumber(number.id);
  const shown = spacedNumber(number.phone);
  const taken = plan.data?.changed && plan.data.before.voiceUrl !== '';
  return (
    <ConfirmAct
      harmless
      title={words.title(shown)}
      body={words.body}
      act={words.act}
      blocked={!plan.data}
      failed={words.failed}
      onClose={onClose}
      mutation={connect}
      input={undefined}
      said={() => words.done(shown)}
    >
      {plan.isPending && (
        <div className="mt-3">
          <Skeleton rows={3} rowClass="h-12" />
        </div>
      )}
      {plan.isError && (
        <ErrorPart className="mt-3" what={words.lookFailed} error={plan.error} onRetry={() => void plan.refetch()} />
      )}
      {plan.data && (
        <>
          <p className={taken ? 'mt-3 font-medium text-warn' : 'mt-3 text-text-2'}>
            {plan.data.changed ? taken && words.other : words.same}
          </p>
          <dl className="mt-3 border-t text-table">
            {fields.map(field => (
              <div key={field} className="border-b py-2">
                <dt className="font-medium">{words.fields[field]}</dt>
                {(['before', 'after'] as const).map(side => (
                  <dd key={side} className="grid grid-cols-[3rem_minmax(0,1fr)] gap-2">
                    <span className="text-text-2">{words[side]}</span>
                    <code className="break-all font-mono">{plan.data[side][field] || words.nothing}</code>
                  </dd>
                ))}
              </div>
            ))}
          </dl>
        </>
      )}
    </ConfirmAct>
  );
}

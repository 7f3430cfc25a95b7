import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { callsText } from '../../../strings/calls.ts';
import { useEraseCall } from '../api/calls.ts';

const words = callsText.erase;

/** Asks before what was said and recorded is gone for good. */
export function EraseCall({ sid, onClose }: { sid: string; onClose: () => void }) {
  const erase = useEraseCall(sid);
  return (
    <ConfirmAct
      title={words.title}
      body={words.body}
      act={words.act}
      failed={words.failed}
      onClose={onClose}
      mutation={erase}
      input={undefined}
      said={({ complete }) => (complete ? words.done : words.later)}
    />
  );
}

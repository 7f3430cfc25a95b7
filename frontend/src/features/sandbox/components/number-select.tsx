import { useQuery } from '@tanstack/react-query';
import { Button } from '../../../components/button.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { SelectField } from '../../../components/field.tsx';
import { act } from '../../../lib/act.ts';
import { agentsQuery } from '../../../lib/agents.ts';
import { notify } from '../../../lib/announcements.ts';
import { spacedNumber } from '../../../lib/phone-number.ts';
import { useMay } from '../../../lib/use-user.ts';
import { text } from '../../../strings/en.ts';
import { answeringQuery, type SetUp, useLetAnswer } from '../api/sandbox.ts';

const words = text.console.people;

/** One of the account's numbers, with who answers it; one that leads to nobody can be given an agent here. */
export function NumberSelect({
  label,
  numbers,
  value,
  onChange,
}: {
  label: string;
  numbers: SetUp['numbers'];
  value: string;
  onChange: (phone: string) => void;
}) {
  const answering = useQuery(answeringQuery);
  const agents = useQuery(agentsQuery);
  const letAnswer = useLetAnswer();
  const mayChange = useMay('numbers:write');
  const number = answering.data?.items.find(each => each.phone === value);
  const agent = agents.data?.items.find(each => each.id === number?.agentId);
  const [candidate] = agents.data?.items ?? [];
  const unanswered = number !== undefined && number.agentId === null;
  return (
    <div className="grid justify-items-start gap-1">
      <div className="w-full">
        <SelectField
          label={label}
          help={agent ? words.answeredBy(agent.name) : unanswered && words.unanswered}
          value={value}
          onChange={event => onChange(event.target.value)}
        >
          {numbers.map(({ phone, label: name, connected }) => (
            <option key={phone} value={phone}>
              {[spacedNumber(phone), name, connected ? '' : words.notConnected].filter(Boolean).join(' · ')}
            </option>
          ))}
        </SelectField>
      </div>
      {unanswered && candidate && mayChange && (
        <Button
          size="dense"
          disabled={letAnswer.isPending}
          onClick={() =>
            act(letAnswer, { id: number.id, agentId: candidate.id }, () =>
              notify(words.nowAnswers(candidate.name, spacedNumber(number.phone))),
            )
          }
        >
          {words.letAnswer(candidate.name)}
        </Button>
      )}
      {letAnswer.error && <ErrorPart what={words.letAnswerFailed} error={letAnswer.error} />}
    </div>
  );
}

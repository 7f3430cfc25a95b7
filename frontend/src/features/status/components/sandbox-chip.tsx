import { useQuery } from '@tanstack/react-query';
import { StateMark } from '../../../components/state-mark.tsx';
import { text } from '../../../strings/en.ts';
import { statusQuery } from '../api/status.ts';

/** Says on every page when calls are not real; a fully real installation needs no reminder. */
export function SandboxChip() {
  const { data } = useQuery({ ...statusQuery(true), refetchInterval: false });
  if (!data || data.sandbox.carrier === 'real') return null;
  return (
    <StateMark kind="sandbox" className="rounded-chip py-1 bg-warn-soft px-2 text-label">
      {data.sandbox.agent === 'real' ? text.sandbox.realAgent : text.sandbox.both}
    </StateMark>
  );
}

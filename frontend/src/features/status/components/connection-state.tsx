import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Unplug } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { StateMark } from '../../../components/state-mark.tsx';
import { announce, notify } from '../../../lib/announcements.ts';
import { type Connection, connection } from '../../../lib/connection.ts';
import { formatClock } from '../../../lib/format.ts';
import { liveLink } from '../../../lib/live/live-link.ts';
import { useStore } from '../../../lib/use-store.ts';
import { text } from '../../../strings/en.ts';
import { statusQuery } from '../api/status.ts';

const BANNER_AFTER_MS = 2_000;

/** The word in the top bar. Its request is the heartbeat of the frame. */
export function ConnectionWord() {
  const state = useStore(connection);
  const { refetch } = useQuery(statusQuery(state.up));
  useEffect(() => {
    // The browser's word is only a hint: it is a reason to ask now instead of at the next beat.
    const ask = () => void refetch();
    addEventListener('online', ask);
    addEventListener('offline', ask);
    return () => {
      removeEventListener('online', ask);
      removeEventListener('offline', ask);
    };
  }, [refetch]);
  return state.up ? (
    // Where there is little room it gives way to what needs a person; that the connection is gone is always seen.
    <StateMark
      kind="running"
      className="text-label max-[24rem]:visually-hidden max-[28rem]:group-has-[[data-alerts]]/bar:visually-hidden"
    >
      {text.connection.up}
    </StateMark>
  ) : (
    <StateMark kind="urgent" className="text-label">
      {text.connection.down}
    </StateMark>
  );
}

/** Requests and live events are two ways to one server; while either is lost, what is on screen may be old. */
function useLostConnection(): Connection {
  const asked = useStore(connection);
  const live = useStore(liveLink);
  const lostAt = !asked.up ? asked.since : live.state === 'away' ? live.since : null;
  return useMemo(() => (lostAt === null ? { up: true } : { up: false, since: lostAt }), [lostAt]);
}

/** Appears after two seconds without an answer; when the server is back, everything on screen is asked for again. */
export function ConnectionBanner() {
  const state = useLostConnection();
  const queries = useQueryClient();
  const [lostAt, setLostAt] = useState<number | null>(null);
  const told = useRef(false);

  useEffect(() => {
    if (state.up) {
      setLostAt(null);
      if (!told.current) return;
      told.current = false;
      queries.refetchQueries({ type: 'active' }).then(() => notify(text.connection.back));
      return;
    }
    const timer = setTimeout(() => {
      told.current = true;
      setLostAt(state.since);
      announce(text.connection.lost(formatClock(state.since)), 'assertive');
    }, BANNER_AFTER_MS);
    return () => clearTimeout(timer);
  }, [state, queries]);

  if (lostAt === null) return null;
  return (
    <div className="flex items-center gap-2 border-b bg-warn-soft px-3 py-2 font-medium tablet:px-4">
      <Unplug aria-hidden="true" className="size-4 shrink-0 text-warn" />
      {text.connection.lost(formatClock(lostAt))}
    </div>
  );
}

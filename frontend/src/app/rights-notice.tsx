import { useEffect, useRef } from 'react';
import { notify } from '../lib/announcements.ts';
import { useUser } from '../lib/use-user.ts';
import { text } from '../strings/en.ts';

/** Says once when an administrator changed this user's role while they were signed in. */
export function RightsNotice() {
  const { id, role } = useUser();
  const before = useRef({ id, role });
  useEffect(() => {
    const changed = before.current.id === id && before.current.role !== role;
    before.current = { id, role };
    if (changed) notify(text.rights.changed(text.roles[role] ?? role));
  }, [id, role]);
  return null;
}

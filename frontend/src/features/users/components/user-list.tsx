import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { PagedList } from '../../../components/paged-list.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { RowMenu } from '../../../components/row-menu.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { When } from '../../../components/when.tsx';
import { useMay, useUser } from '../../../lib/use-user.ts';
import { text } from '../../../strings/en.ts';
import { type User, usersQuery } from '../api/users.ts';
import { ChangeRoleDialog, DisableUserDialog, SetPasswordDialog } from './change-user-dialogs.tsx';
import { EnableUser } from './enable-user.tsx';

type Asking = { what: 'role' | 'password' | 'disable' | 'enable'; user: User };

/** Everybody who can sign in; actions appear for those who may change users, never on oneself, so nobody locks themselves out. */
export function UserList() {
  const query = useInfiniteQuery(usersQuery);
  const me = useUser();
  const mayChange = useMay('users:write');
  const [asking, setAsking] = useState<Asking | null>(null);
  const close = () => setAsking(null);

  const columns: Column<User>[] = [
    {
      header: text.users.columns.email,
      phone: 'lead',
      cell: user => (
        <>
          <span className="break-all font-medium">{user.email}</span>
          {user.id === me.id && <span className="ml-2 text-label text-text-3">{text.users.you}</span>}
        </>
      ),
    },
    { header: text.users.columns.role, cell: user => text.roles[user.role] ?? user.role },
    {
      header: text.users.columns.state,
      cell: user =>
        user.disabled ? (
          <StateMark kind="blocked">{text.users.disabled}</StateMark>
        ) : (
          <StateMark kind="passed">{text.users.active}</StateMark>
        ),
    },
    { header: text.users.columns.lastSignIn, cell: user => <When value={user.lastSignInAt} /> },
    { header: text.users.columns.created, phone: 'omit', cell: user => <When value={user.createdAt} /> },
  ];
  if (mayChange) {
    columns.push({
      header: text.more,
      phone: 'action',
      align: 'right',
      width: 'w-12',
      cell: user =>
        user.id !== me.id && (
          <RowMenu
            label={text.users.actionsFor(user.email)}
            actions={[
              { label: text.users.changeRole, onSelect: () => setAsking({ what: 'role', user }) },
              { label: text.users.setPassword, onSelect: () => setAsking({ what: 'password', user }) },
              user.disabled
                ? { label: text.users.enable, onSelect: () => setAsking({ what: 'enable', user }) }
                : { label: text.users.disable, danger: true, onSelect: () => setAsking({ what: 'disable', user }) },
            ]}
          />
        ),
    });
  }

  return (
    <>
      <PagedList query={query} failed={text.users.failed} empty={null}>
        {users => (
          <RecordTable
            label={text.users.title}
            columns={columns}
            rows={users}
            rowKey={user => user.id}
            quiet={user => user.disabled}
          />
        )}
      </PagedList>
      {asking?.what === 'role' && <ChangeRoleDialog user={asking.user} onClose={close} />}
      {asking?.what === 'password' && <SetPasswordDialog user={asking.user} onClose={close} />}
      {asking?.what === 'disable' && <DisableUserDialog user={asking.user} onClose={close} />}
      {asking?.what === 'enable' && <EnableUser key={asking.user.id} user={asking.user} onClose={close} />}
    </>
  );
}

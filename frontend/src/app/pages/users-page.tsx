import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { AddUserDialog } from '../../features/users/components/add-user-dialog.tsx';
import { UserList } from '../../features/users/components/user-list.tsx';
import { useMay } from '../../lib/use-user.ts';
import { text } from '../../strings/en.ts';

export function UsersPage() {
  const mayAdd = useMay('users:write');
  const [adding, setAdding] = useState(false);
  return (
    <>
      <PageHeader
        title={text.users.title}
        facts={text.users.facts}
        actions={
          mayAdd && (
            <Button look="primary" onClick={() => setAdding(true)}>
              {text.users.add}
            </Button>
          )
        }
      />
      <UserList />
      {adding && <AddUserDialog onClose={() => setAdding(false)} />}
    </>
  );
}

import { useState } from 'react';
import { Band } from '../../components/band.tsx';
import { Button } from '../../components/button.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { ChangePasswordForm } from '../../features/session/components/change-password-form.tsx';
import { SignOutEverywhere } from '../../features/session/components/sign-out-everywhere.tsx';
import { useUser } from '../../lib/use-user.ts';
import { text } from '../../strings/en.ts';

export function AccountPage() {
  const { email, role } = useUser();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <PageHeader title={text.account.title} facts={text.account.facts(email, text.roles[role] ?? role)} />
      <Band title={text.password.title}>
        <ChangePasswordForm email={email} />
      </Band>
      <Band title={text.account.sessions} body={text.account.sessionsBody}>
        <Button look="danger" onClick={() => setAsking(true)}>
          {text.menu.signOutEverywhere}
        </Button>
      </Band>
      <SignOutEverywhere open={asking} onClose={() => setAsking(false)} />
    </>
  );
}

import { Plus } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { AddHookDialog } from '../../features/hooks/components/hook-dialogs.tsx';
import { HookList } from '../../features/hooks/components/hook-list.tsx';
import { useMay } from '../../lib/use-user.ts';
import { hooksText as words } from '../../strings/settings.ts';

/** Who else is told what happens here. */
export function WebhooksPage() {
  const mayAdd = useMay('hooks:write');
  const [adding, setAdding] = useState(false);
  return (
    <>
      <PageHeader
        title={words.title}
        facts={words.facts}
        actions={
          mayAdd && (
            <Button look="primary" onClick={() => setAdding(true)}>
              <Plus aria-hidden="true" className="size-4" />
              {words.add}
            </Button>
          )
        }
      />
      <HookList />
      {adding && <AddHookDialog onClose={() => setAdding(false)} />}
    </>
  );
}

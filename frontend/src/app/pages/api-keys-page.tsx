import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { ApiKeyList } from '../../features/api-keys/components/api-key-list.tsx';
import { CreateKeyDialog } from '../../features/api-keys/components/create-key-dialog.tsx';
import { useMay } from '../../lib/use-user.ts';
import { text } from '../../strings/en.ts';

export function ApiKeysPage() {
  const mayCreate = useMay('api-keys:write');
  const [creating, setCreating] = useState(false);
  return (
    <>
      <PageHeader
        title={text.apiKeys.title}
        facts={text.apiKeys.facts}
        actions={
          mayCreate && (
            <Button look="primary" onClick={() => setCreating(true)}>
              {text.apiKeys.add}
            </Button>
          )
        }
      />
      <ApiKeyList />
      {creating && <CreateKeyDialog onClose={() => setCreating(false)} />}
    </>
  );
}

import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { EmptyPart } from '../../../components/empty-part.tsx';
import { PagedList } from '../../../components/paged-list.tsx';
import { type Column, RecordTable } from '../../../components/record-table.tsx';
import { StateMark } from '../../../components/state-mark.tsx';
import { When } from '../../../components/when.tsx';
import { useMay } from '../../../lib/use-user.ts';
import { text } from '../../../strings/en.ts';
import { type ApiKey, apiKeysQuery, useRevokeApiKey } from '../api/api-keys.ts';
import { keyState } from '../expiry.ts';

export function ApiKeyList() {
  const query = useInfiniteQuery(apiKeysQuery);
  const mayChange = useMay('api-keys:write');
  const [revoking, setRevoking] = useState<ApiKey | null>(null);

  const columns: Column<ApiKey>[] = [
    { header: text.apiKeys.columns.name, phone: 'lead', cell: key => <span className="font-medium">{key.name}</span> },
    { header: text.apiKeys.columns.prefix, cell: key => <code className="font-mono">{key.prefix}…</code> },
    {
      header: text.apiKeys.columns.scopes,
      cell: key => <span className="font-mono text-label">{key.scopes.join(', ')}</span>,
    },
    {
      header: text.apiKeys.columns.expires,
      cell: key => {
        const state = keyState(key, Date.now());
        if (state === 'good') return <When value={key.expiresAt} />;
        return <StateMark kind="blocked">{text.apiKeys.states[state]}</StateMark>;
      },
    },
    { header: text.apiKeys.columns.lastUsed, cell: key => <When value={key.lastUsedAt} /> },
    { header: text.apiKeys.columns.by, phone: 'omit', cell: key => <span className="break-all">{key.createdBy}</span> },
  ];
  if (mayChange) {
    columns.push({
      header: text.more,
      phone: 'action',
      align: 'right',
      width: 'w-20',
      cell: key =>
        key.revokedAt === null && (
          <Button size="dense" aria-label={text.apiKeys.revokeFor(key.name)} onClick={() => setRevoking(key)}>
            {text.apiKeys.revoke}
          </Button>
        ),
    });
  }

  return (
    <>
      <PagedList
        query={query}
        failed={text.apiKeys.failed}
        empty={<EmptyPart what={text.apiKeys.empty} how={text.apiKeys.emptyBody} />}
      >
        {keys => (
          <RecordTable
            label={text.apiKeys.title}
            columns={columns}
            rows={keys}
            rowKey={key => key.id}
            quiet={key => keyState(key, Date.now()) !== 'good'}
          />
        )}
      </PagedList>
      {revoking && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} />}
    </>
  );
}

function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const revoke = useRevokeApiKey();
  return (
    <ConfirmAct
      title={text.apiKeys.revokeTitle(apiKey.name)}
      body={text.apiKeys.revokeBody}
      act={text.apiKeys.revoke}
      failed={text.apiKeys.revokeFailed}
      onClose={onClose}
      mutation={revoke}
      input={apiKey.id}
      said={() => text.apiKeys.revoked(apiKey.name)}
    />
  );
}

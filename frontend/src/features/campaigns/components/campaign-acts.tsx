import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { act } from '../../../lib/act.ts';
import { notify } from '../../../lib/announcements.ts';
import { formatMoney } from '../../../lib/format.ts';
import { useMay } from '../../../lib/use-user.ts';
import { campaignsText } from '../../../strings/campaigns.ts';
import {
  type Campaign,
  type CampaignStats,
  dryRunQuery,
  type Move,
  preflightQuery,
  useDeleteCampaign,
  useMoveCampaign,
} from '../api/campaigns.ts';
import { type Act, actsOn, onLineOf } from '../campaign-moves.ts';
import { standingSums } from '../forecast.ts';
import { useListSizes } from '../use-list-sizes.ts';

const words = campaignsText.moves;

type Parts = { campaign: Campaign; stats: CampaignStats | undefined };

/** What may be done with a campaign now; each asks first and says what will happen. */
export function CampaignActs({
  campaign,
  stats,
  only,
  onDeleted,
}: Parts & {
  /** Nothing else is offered here. */
  only?: Act;
  onDeleted?: () => void;
}) {
  const [asked, setAsked] = useState<Act | null>(null);
  const acts = actsOn(campaign.state, { run: useMay('campaigns:run'), remove: useMay('campaigns:delete') });
  const close = () => setAsked(null);
  return (
    <>
      {acts
        .filter(act => only === undefined || act === only)
        .map(act => (
          <Button
            key={act}
            look={act === 'start' || act === 'resume' ? 'primary' : act === 'pause' ? 'outlined' : 'danger'}
            onClick={() => setAsked(act)}
          >
            {words[act]}
          </Button>
        ))}
      {(asked === 'start' || asked === 'resume') && (
        <GoDialog campaign={campaign} stats={stats} move={asked} onClose={close} />
      )}
      {(asked === 'pause' || asked === 'stop') && (
        <HaltDialog campaign={campaign} stats={stats} move={asked} onClose={close} />
      )}
      {asked === 'delete' && (
        <DeleteDialog campaign={campaign} stats={stats} onDeleted={() => onDeleted?.()} onClose={close} />
      )}
    </>
  );
}

function useMove({ campaign }: Pick<Parts, 'campaign'>, move: Move, onClose: () => void) {
  const mutation = useMoveCampaign(campaign.id);
  return {
    busy: mutation.isPending,
    error: mutation.error,
    failed: words.failed[move],
    run: (atOnce: boolean) =>
      act(mutation, { move, atOnce }, () => {
        notify(words.done[move](campaign.name));
        onClose();
      }),
  };
}

type Asked<M> = Parts & { move: M; onClose: () => void };

/** Start and resume: only when nothing blocks. */
function GoDialog({ campaign, stats, move, onClose }: Asked<'start' | 'resume'>) {
  const { busy, error, failed, run } = useMove({ campaign }, move, onClose);
  const preflight = useQuery({ ...preflightQuery(campaign.id), staleTime: 0 });
  const sizes = useListSizes(move === 'start' ? campaign.lists : []);
  // People on two lists are called once: with several lists the number would promise too much.
  const onLists = sizes?.length === 1 ? (sizes[0] ?? null) : null;
  // What was worked out in the steps before; nobody waits for it here.
  const forecast = useQuery({ ...dryRunQuery(campaign.id), enabled: false }).data;
  const left = stats ? stats.waiting + onLineOf(stats) : null;
  const count = move === 'start' && campaign.lists.length > 0 ? (onLists ?? left) : left;
  const blocking = preflight.data?.findings.filter(({ level }) => level === 'block') ?? [];
  return (
    <ConfirmDialog
      open
      harmless
      title={move === 'start' ? words.startTitle(campaign.name, count) : words.resumeTitle(campaign.name)}
      body={move === 'start' ? words.startBody(campaign.name) : words.resumeBody(left ?? 0)}
      act={words[move]}
      busy={busy || preflight.isFetching}
      blocked={blocking.length > 0}
      error={error}
      failed={failed}
      onConfirm={() => run(false)}
      onClose={onClose}
    >
      <div className="mt-3 text-table" aria-live="polite">
        {move === 'start' && forecast && forecast.dialled > 0 && (
          <p className="pb-2">
            {words.startNow(standingSums(forecast.standing))}{' '}
            {words.startCost(
              formatMoney(String(forecast.spend.amount), forecast.spend.currency),
              campaign.budget && formatMoney(String(campaign.budget.amount), campaign.budget.currency),
            )}
          </p>
        )}
        {preflight.isFetching && <p className="text-text-2">{words.checking}</p>}
        {!preflight.isFetching && preflight.isError && (
          <ErrorPart what={words.checkFailed} error={preflight.error} onRetry={() => void preflight.refetch()} />
        )}
        {!preflight.isFetching && blocking.length > 0 && (
          <>
            <p className="font-medium text-bad">{words.notReady(blocking.length)}</p>
            <ul className="mt-1 grid list-disc gap-1 pl-5">
              {blocking.map(({ check, message, remedy }) => (
                <li key={`${check} ${message}`}>
                  {message} {remedy}
                </li>
              ))}
            </ul>
          </>
        )}
        {!preflight.isFetching && blocking.length === 0 && (preflight.data?.warnings ?? 0) > 0 && (
          <p className="font-medium text-warn">{words.warned(preflight.data!.warnings)}</p>
        )}
      </div>
    </ConfirmDialog>
  );
}

/** Pause and stop: calls on the line finish, or end now. */
function HaltDialog({ campaign, stats, move, onClose }: Asked<'pause' | 'stop'>) {
  const { busy, error, failed, run } = useMove({ campaign }, move, onClose);
  const [atOnce, setAtOnce] = useState(false);
  const group = useId();
  const onLine = stats ? onLineOf(stats) : 0;
  const left = stats?.waiting ?? 0;
  const title = move === 'pause' ? words.pauseTitle : words.stopTitle;
  const body = move === 'pause' ? words.pauseBody : words.stopBody;
  return (
    <ConfirmDialog
      open
      title={title(campaign.name)}
      body={body(left, onLine, atOnce)}
      act={words[move]}
      harmless={move === 'pause' && !atOnce}
      busy={busy}
      error={error}
      failed={failed}
      onConfirm={() => run(atOnce)}
      onClose={onClose}
    >
      {onLine > 0 && (
        <fieldset className="mt-3 grid gap-1">
          <legend className="font-medium text-table">{words.when}</legend>
          {[false, true].map(each => (
            <label key={String(each)} className="flex min-h-6 w-fit items-center gap-2 pointer-coarse:min-h-11">
              <input
                type="radio"
                name={group}
                checked={atOnce === each}
                onChange={() => setAtOnce(each)}
                className="size-4 accent-accent"
              />
              {each ? words.atOnce(onLine) : words.afterCalls(onLine)}
            </label>
          ))}
        </fieldset>
      )}
    </ConfirmDialog>
  );
}

function DeleteDialog({ campaign, stats, onDeleted, onClose }: Parts & { onDeleted: () => void; onClose: () => void }) {
  const remove = useDeleteCampaign(campaign.id);
  return (
    <ConfirmAct
      title={words.deleteTitle(campaign.name)}
      body={words.deleteBody(stats?.total ?? 0)}
      act={words.delete}
      failed={words.failed.delete}
      mutation={remove}
      input={undefined}
      said={() => words.done.delete(campaign.name)}
      onDone={onDeleted}
      onClose={onClose}
    />
  );
}

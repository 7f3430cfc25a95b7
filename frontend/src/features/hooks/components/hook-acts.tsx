import { KeyRound, Pencil, Send } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { ConfirmAct } from '../../../components/confirm-act.tsx';
import { ConfirmDialog } from '../../../components/confirm-dialog.tsx';
import { PageActions } from '../../../components/page-actions.tsx';
import { act } from '../../../lib/act.ts';
import { notify } from '../../../lib/announcements.ts';
import { hooksText } from '../../../strings/settings.ts';
import { type Hook, useChangeHook, useRemoveHook, useRotateSecret, useTestHook } from '../api/hooks.ts';
import { EditHookDialog, SecretDialog } from './hook-dialogs.tsx';

const words = hooksText.page;

/** What can be done with a webhook. */
export function HookActs({ hook, onRemoved }: { hook: Hook; onRemoved: () => void }) {
  const [asking, setAsking] = useState<'edit' | 'rotate' | 'turn' | 'remove' | null>(null);
  const close = () => setAsking(null);
  return (
    <>
      <PageActions
        actions={[
          { label: words.remove, danger: true, onSelect: () => setAsking('remove') },
          { label: words.rotate, icon: KeyRound, onSelect: () => setAsking('rotate') },
          ...(hook.enabled ? [{ label: words.turnOff, onSelect: () => setAsking('turn') }] : []),
          { label: hooksText.form.edit, icon: Pencil, onSelect: () => setAsking('edit') },
        ]}
        primary={hook.enabled ? <TestButton id={hook.id} /> : <TurnOnButton id={hook.id} />}
      />
      {asking === 'edit' && <EditHookDialog hook={hook} onClose={close} />}
      {asking === 'rotate' && <RotateDialog id={hook.id} onClose={close} />}
      {asking === 'turn' && <TurnOffDialog id={hook.id} onClose={close} />}
      {asking === 'remove' && <RemoveDialog id={hook.id} onClose={close} onRemoved={onRemoved} />}
    </>
  );
}

function TestButton({ id }: { id: string }) {
  const test = useTestHook(id);
  return (
    <>
      <Button look="primary" disabled={test.isPending} onClick={() => act(test, undefined, () => notify(words.tested))}>
        <Send aria-hidden="true" className="size-4" />
        {words.test}
      </Button>
      {test.error && (
        <ConfirmDialog
          open
          harmless
          title={words.testFailed}
          body=""
          act={words.test}
          busy={test.isPending}
          error={test.error}
          failed={words.testFailed}
          onClose={() => test.reset()}
          onConfirm={() => test.mutate()}
        />
      )}
    </>
  );
}

function TurnOnButton({ id }: { id: string }) {
  const change = useChangeHook(id);
  const turnOn = () => act(change, { enabled: true }, () => notify(words.turnedOn));
  return (
    <>
      <Button look="primary" disabled={change.isPending} onClick={turnOn}>
        {words.turnOn}
      </Button>
      {change.error && (
        <ConfirmDialog
          open
          harmless
          title={words.turnOn}
          body={words.turnFailed}
          act={words.turnOn}
          error={change.error}
          failed={words.turnFailed}
          onClose={() => change.reset()}
          onConfirm={turnOn}
        />
      )}
    </>
  );
}

function TurnOffDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const change = useChangeHook(id);
  return (
    <ConfirmAct
      title={words.offTitle}
      body={words.offBody}
      act={words.turnOff}
      failed={words.turnFailed}
      onClose={onClose}
      mutation={change}
      input={{ enabled: false }}
      said={() => words.turnedOff}
    />
  );
}

function RotateDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const rotate = useRotateSecret(id);
  if (rotate.data)
    return <SecretDialog secret={rotate.data.secret} body={hooksText.secret.bodyRotated} onClose={onClose} />;
  return (
    <ConfirmDialog
      open
      harmless
      title={words.rotateTitle}
      body={words.rotateBody}
      act={words.rotate}
      busy={rotate.isPending}
      error={rotate.error}
      failed={words.rotateFailed}
      onClose={onClose}
      onConfirm={() => rotate.mutate()}
    />
  );
}

function RemoveDialog({ id, onClose, onRemoved }: { id: string; onClose: () => void; onRemoved: () => void }) {
  const remove = useRemoveHook(id);
  return (
    <ConfirmAct
      title={words.removeTitle}
      body={words.removeBody}
      act={words.remove}
      failed={words.removeFailed}
      onClose={onClose}
      mutation={remove}
      input={undefined}
      said={() => words.removed}
      onDone={onRemoved}
    />
  );
}

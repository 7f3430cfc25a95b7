import { AlertDialog } from '@base-ui/react/alert-dialog';
import { type ReactNode, useRef, useState } from 'react';
import { text } from '../strings/en.ts';
import { Button } from './button.tsx';
import { backdropStyle, popupStyle } from './dialog.tsx';
import { ErrorPart } from './error-part.tsx';
import { TextField } from './field.tsx';

/** Asks before an act: names it, says its consequence, and starts on Cancel, so that a stray Enter does nothing. */
export function ConfirmDialog({
  open,
  title,
  body,
  act,
  harmless = false,
  busy = false,
  blocked = false,
  typeToConfirm,
  error,
  failed,
  children,
  onConfirm,
  onClose,
}: {
  open: boolean;
  title: string;
  body: string;
  act: string;
  /** Nothing is lost by it: the button is not red. */
  harmless?: boolean;
  busy?: boolean;
  /** It cannot be done; what stands in the dialog says why. */
  blocked?: boolean;
  /** Of an act that cannot be taken back: it has to be typed first. */
  typeToConfirm?: string;
  error?: unknown;
  failed?: string;
  /** A choice that belongs to the act. */
  children?: ReactNode;
  onConfirm: () => void;
  onClose: () => void;
}) {
  const cancel = useRef<HTMLButtonElement>(null);
  const [typed, setTyped] = useState('');
  const unconfirmed = typeToConfirm !== undefined && typed.trim() !== typeToConfirm;
  return (
    <AlertDialog.Root open={open} onOpenChange={next => !next && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={backdropStyle} />
        <AlertDialog.Popup className={popupStyle} initialFocus={cancel}>
          <div className="px-4 py-4">
            <AlertDialog.Title className="font-semibold text-section">{title}</AlertDialog.Title>
            <AlertDialog.Description className="mt-2 text-text-2">{body}</AlertDialog.Description>
            {children}
            {typeToConfirm !== undefined && (
              <div className="mt-3 max-w-60">
                <TextField
                  label={text.typeToConfirm(typeToConfirm)}
                  value={typed}
                  autoComplete="off"
                  spellCheck={false}
                  onChange={event => setTyped(event.target.value)}
                />
              </div>
            )}
            {error != null && <ErrorPart className="mt-3" what={failed ?? act} error={error} />}
          </div>
          <div className="flex flex-wrap justify-end gap-2 border-t bg-sunken px-4 py-3">
            <Button ref={cancel} onClick={onClose}>
              {text.cancel}
            </Button>
            <Button
              look={harmless ? 'primary' : 'solid-danger'}
              disabled={busy || blocked || unconfirmed}
              onClick={onConfirm}
            >
              {act}
            </Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

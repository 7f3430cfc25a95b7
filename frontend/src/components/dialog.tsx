import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode, RefObject } from 'react';
import { text } from '../strings/en.ts';
import { Button } from './button.tsx';

export const backdropStyle = 'layer-motion fixed inset-0 z-40 bg-scrim';
export const popupStyle =
  'layer-motion fixed top-1/2 left-1/2 z-40 max-h-[calc(100dvh-2rem)] w-[min(30rem,calc(100vw-1.5rem))] -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-panel border bg-raised shadow-layer outline-none data-starting-style:-translate-y-[calc(50%-8px)]';

/** A modal layer with a title; Escape and the backdrop close it unless `locked`. */
export function Dialog({
  title,
  description,
  open,
  onClose,
  locked = false,
  initialFocus,
  keepFocus = false,
  children,
}: {
  title: string;
  description?: ReactNode;
  open: boolean;
  onClose: () => void;
  locked?: boolean;
  initialFocus?: RefObject<HTMLElement | null>;
  /** What follows the dialog takes the focus itself. */
  keepFocus?: boolean;
  children: ReactNode;
}) {
  return (
    <Base.Root open={open} onOpenChange={next => !next && !locked && onClose()} disablePointerDismissal={locked}>
      <Base.Portal>
        <Base.Backdrop className={backdropStyle} />
        <Base.Popup
          className={popupStyle}
          {...(initialFocus ? { initialFocus } : {})}
          {...(keepFocus ? { finalFocus: false } : {})}
        >
          <div className="border-b px-4 pt-3.5 pb-3">
            <Base.Title className="font-semibold text-section">{title}</Base.Title>
            {description && <Base.Description className="mt-1 text-text-2">{description}</Base.Description>}
          </div>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

/** The last line of a dialog's form: Cancel, then the one act. */
export function DialogActions({ onCancel, children }: { onCancel?: () => void; children: ReactNode }) {
  return (
    <div className="flex flex-wrap justify-end gap-2 border-t bg-sunken px-4 py-3">
      {onCancel && <Button onClick={onCancel}>{text.cancel}</Button>}
      {children}
    </div>
  );
}

import { Dialog as Base } from '@base-ui/react/dialog';
import { type ReactNode, useRef } from 'react';
import { backdropStyle } from '../../../components/dialog.tsx';

/** The panel beside the wall where there is room, else a sheet over it; on telephones the whole screen. */
export function PanelPlace({
  docked,
  label,
  locked,
  onClose,
  children,
}: {
  docked: boolean;
  label: string;
  /** Somebody speaks on the call: Escape and a click beside it do nothing. */
  locked: boolean;
  onClose: () => void;
  children: ReactNode;
}) {
  const popup = useRef<HTMLDivElement>(null);
  if (docked) {
    return (
      <aside aria-label={label} data-call-panel className="w-150 shrink-0 border-l">
        {children}
      </aside>
    );
  }
  return (
    <Base.Root open onOpenChange={open => !open && !locked && onClose()} disablePointerDismissal={locked}>
      <Base.Portal>
        <Base.Backdrop className={backdropStyle} />
        <Base.Popup
          ref={popup}
          data-call-panel
          aria-label={label}
          initialFocus={popup}
          className="layer-motion fixed inset-y-0 right-0 z-40 w-full border-l bg-surface shadow-layer outline-none tablet:max-w-150"
        >
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

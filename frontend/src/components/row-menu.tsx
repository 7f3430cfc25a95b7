import { Menu } from '@base-ui/react/menu';
import { Ellipsis } from 'lucide-react';
import { buttonStyle } from './button.tsx';

export type RowAction = { label: string; onSelect: () => void; danger?: boolean };

/** The actions of one row behind three dots. */
export function RowMenu({ label, actions }: { label: string; actions: RowAction[] }) {
  return (
    <Menu.Root>
      <Menu.Trigger aria-label={label} className={buttonStyle({ look: 'quiet', size: 'dense-icon' })}>
        <Ellipsis aria-hidden="true" className="size-4" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner side="bottom" align="end" sideOffset={4} collisionPadding={8} className="z-40">
          <Menu.Popup className="layer-motion min-w-40 rounded-panel border bg-raised py-1.5 shadow-layer outline-none">
            {actions.map(action => (
              <Menu.Item
                key={action.label}
                onClick={action.onSelect}
                className={`flex min-h-8 cursor-default items-center px-3 outline-none data-highlighted:bg-hover pointer-coarse:min-h-11 ${action.danger ? 'text-bad' : ''}`}
              >
                {action.label}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

import { Menu } from '@base-ui/react/menu';
import { Check, Columns3 } from 'lucide-react';
import { text } from '../strings/en.ts';
import { buttonStyle } from './button.tsx';

/** Which columns a table shows. The first one cannot be left out: it leads to the record. */
export function ColumnsMenu({
  columns,
  visible,
  onChange,
}: {
  columns: readonly { readonly id: string; readonly header: string }[];
  visible: readonly string[];
  onChange: (visible: string[]) => void;
}) {
  return (
    <Menu.Root>
      <Menu.Trigger className={buttonStyle({ className: 'max-tablet:hidden' })}>
        <Columns3 aria-hidden="true" className="size-4" />
        {text.table.columns}
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner side="bottom" align="end" sideOffset={4} collisionPadding={8} className="z-40">
          <Menu.Popup className="layer-motion max-h-(--available-height) min-w-48 overflow-y-auto rounded-panel border bg-raised py-1.5 shadow-layer outline-none">
            {columns.slice(1).map(({ id, header }) => (
              <Menu.CheckboxItem
                key={id}
                checked={visible.includes(id)}
                closeOnClick={false}
                onCheckedChange={on =>
                  onChange(columns.map(each => each.id).filter(each => (each === id ? on : visible.includes(each))))
                }
                className="flex min-h-8 cursor-default items-center gap-2.5 px-3 outline-none data-highlighted:bg-hover pointer-coarse:min-h-11"
              >
                <span aria-hidden="true" className="grid size-4 place-items-center text-accent">
                  <Menu.CheckboxItemIndicator render={<Check className="size-4" />} />
                </span>
                {header}
              </Menu.CheckboxItem>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { useMedia } from '../lib/use-media.ts';
import { text } from '../strings/en.ts';
import { Button } from './button.tsx';
import { type RowAction, RowMenu } from './row-menu.tsx';

export type PageAction = RowAction & { icon?: LucideIcon };

/** What a page offers besides its primary act: buttons before it where there is room, on phones behind three dots. */
export function PageActions({ actions, primary }: { actions: readonly PageAction[]; primary?: ReactNode }) {
  const phone = useMedia('(max-width: 47.99rem)');
  if (phone)
    return (
      <>
        {primary}
        {actions.length > 0 && <RowMenu label={text.more} actions={[...actions]} />}
      </>
    );
  return (
    <>
      {actions.map(({ label, onSelect, danger, icon: Icon }) => (
        <Button key={label} look={danger ? 'danger' : 'outlined'} onClick={onSelect}>
          {Icon && <Icon aria-hidden="true" className="size-4" />}
          {label}
        </Button>
      ))}
      {primary}
    </>
  );
}

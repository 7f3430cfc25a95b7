import { cva, type VariantProps } from 'class-variance-authority';
import type { ComponentProps } from 'react';

/** Controls are 32 px, in dense rows 26, under a finger 44. */
export const buttonStyle = cva(
  'inline-flex items-center justify-center gap-2 whitespace-nowrap rounded-control border font-medium text-body transition-colors duration-120 ease-standard disabled:opacity-55 pointer-coarse:min-h-11',
  {
    variants: {
      look: {
        primary: 'border-transparent bg-accent text-accent-fg not-disabled:hover:opacity-90',
        outlined: 'border-border-strong bg-surface text-text not-disabled:hover:bg-hover',
        danger: 'border-bad bg-surface text-bad not-disabled:hover:bg-bad-soft',
        'solid-danger': 'border-transparent bg-bad text-surface not-disabled:hover:opacity-90',
        /** Switched on: what it does goes on until it is pressed again. */
        pressed: 'border-accent bg-accent-soft text-accent not-disabled:hover:opacity-90',
        /** Upon an inverted block. */
        'on-ink': 'border-ink-fg bg-transparent text-ink-fg not-disabled:hover:opacity-80',
        'solid-on-ink': 'border-transparent bg-ink-fg text-ink not-disabled:hover:opacity-90',
        quiet: 'border-transparent text-text-2 not-disabled:hover:bg-hover not-disabled:hover:text-text',
      },
      size: {
        control: 'h-8 px-3',
        dense: 'h-6.5 px-2 text-table',
        icon: 'size-8 pointer-coarse:min-w-11',
        'dense-icon': 'size-6.5 pointer-coarse:min-w-11',
        wide: 'h-9 w-full px-3',
      },
    },
    defaultVariants: { look: 'outlined', size: 'control' },
  },
);

export type ButtonLook = VariantProps<typeof buttonStyle>;

export function Button({ look, size, className, type = 'button', ...rest }: ComponentProps<'button'> & ButtonLook) {
  return <button type={type} className={buttonStyle({ look, size, className })} {...rest} />;
}

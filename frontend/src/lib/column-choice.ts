/** The columns that an address names, in their order, the first one always; the usual ones where it names none that exist. */
export function columnsNamed(
  cols: string | undefined,
  all: readonly { readonly id: string }[],
  usual: readonly string[],
): readonly string[] {
  const named = new Set(cols?.split(','));
  const found = all.map(({ id }) => id).filter((id, at) => at === 0 || named.has(id));
  return found.length > 1 ? found : usual;
}

/** How an address names them; nothing for the usual ones. */
export const namesOfColumns = (visible: readonly string[], usual: readonly string[]): string | undefined =>
  visible.join() === usual.join() ? undefined : visible.slice(1).join();

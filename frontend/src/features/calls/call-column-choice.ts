/** What is shown of calls until somebody chooses otherwise. */
export const usualColumns = ['started', 'person', 'number', 'campaign', 'outcome', 'result', 'talked', 'delay', 'cost'];

/** The columns that an address names, in our order, the first one always; the usual ones where it names none that exist. */
export function columnsOf(cols: string | undefined, all: readonly { readonly id: string }[]): string[] {
  const named = new Set(cols?.split(','));
  const found = all.map(({ id }) => id).filter((id, at) => at === 0 || named.has(id));
  return found.length > 1 ? found : usualColumns;
}

/** How an address names them; nothing for the usual ones. */
export const colsOf = (visible: readonly string[]): string | undefined =>
  visible.join() === usualColumns.join() ? undefined : visible.slice(1).join();

/** A way to look at a list, kept under a name: its filters, order and columns, as the address has them. */
export interface SavedView {
  readonly name: string;
  readonly search: Readonly<Record<string, unknown>>;
}

export const longestViewName = 60;
const mostViews = 50;

const keyOf = (page: string, userId: string) => `parley.views.${page}.${userId}`;

/** The views that this user saved in this browser; what is damaged or from another version is left out. */
export function parseViews(saved: string | null): SavedView[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(saved ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(parsed)) return [];
  return parsed
    .filter(
      (view): view is SavedView =>
        typeof view === 'object' &&
        view !== null &&
        typeof view.name === 'string' &&
        view.name.trim() !== '' &&
        typeof view.search === 'object' &&
        view.search !== null &&
        !Array.isArray(view.search),
    )
    .slice(0, mostViews);
}

export function readViews(page: string, userId: string): SavedView[] {
  try {
    return parseViews(localStorage.getItem(keyOf(page, userId)));
  } catch {
    return [];
  }
}

/** Whether they were kept: storage may be switched off or full. */
export function writeViews(page: string, userId: string, views: readonly SavedView[]): boolean {
  try {
    localStorage.setItem(keyOf(page, userId), JSON.stringify(views));
    return true;
  } catch {
    return false;
  }
}

/** The views with this one among them; one of the same name is replaced. */
export const withView = (views: readonly SavedView[], view: SavedView): SavedView[] =>
  [...views.filter(({ name }) => name !== view.name), view]
    .sort((a, b) => a.name.localeCompare(b.name))
    .slice(0, mostViews);

/** Whether two addresses show the same, in whatever order they say it. */
export const sameSearch = (a: object, b: object): boolean => canonical(a) === canonical(b);

const canonical = (search: object): string =>
  JSON.stringify(Object.entries(search).sort(([one], [other]) => (one < other ? -1 : 1)));

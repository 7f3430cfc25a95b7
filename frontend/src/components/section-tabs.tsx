import { Link } from '@tanstack/react-router';

/** The pages of one subject, above each of them. */
export function SectionTabs({
  label,
  pages,
}: {
  label: string;
  pages: readonly { readonly path: string; readonly label: string; readonly exact?: boolean }[];
}) {
  if (pages.length < 2) return null;
  return (
    <nav aria-label={label} className="shrink-0 overflow-x-auto border-b px-3 tablet:px-4">
      <ul className="flex gap-5">
        {pages.map(page => (
          <li key={page.path}>
            <Link
              to={page.path}
              activeOptions={{ exact: page.exact === true, includeSearch: false }}
              className="flex h-10 items-center whitespace-nowrap border-transparent border-b-2 pt-0.5 font-medium text-text-2 hover:text-text focus-visible:-outline-offset-2 aria-[current=page]:border-accent aria-[current=page]:text-text pointer-coarse:h-11"
            >
              {page.label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

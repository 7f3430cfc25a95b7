import { Link } from '@tanstack/react-router';
import { buttonStyle } from '../../components/button.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { text } from '../../strings/en.ts';

export function NotFoundPage() {
  return (
    <>
      <PageHeader title={text.notFound.title} facts={text.notFound.body} />
      <div className="px-3 tablet:px-4">
        <Link to="/" className={buttonStyle()}>
          {text.notFound.home}
        </Link>
      </div>
    </>
  );
}

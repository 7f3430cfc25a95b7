import { Button } from '../../components/button.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { text } from '../../strings/en.ts';

/** Stands in for a page whose own code failed, e.g. because a newer version was installed and its old files are gone. */
export function CrashPage({ error }: { error: unknown }) {
  return (
    <>
      <PageHeader title={text.crash.what} facts={`${text.crash.meaning} ${text.crash.remedy}`} />
      <div className="grid justify-items-start gap-3 px-3 tablet:px-4">
        <Button look="primary" onClick={() => location.reload()}>
          {text.crash.reload}
        </Button>
        <details className="text-label text-text-2">
          <summary className="w-fit py-1">{text.details}</summary>
          <p className="break-all font-mono">{error instanceof Error ? error.message : String(error)}</p>
        </details>
      </div>
    </>
  );
}

import { OctagonX } from 'lucide-react';
import { Button } from '../../../components/button.tsx';
import { ErrorPart } from '../../../components/error-part.tsx';
import { text } from '../../../strings/en.ts';
import type { PhoneNotice } from '../phone/phone-state.ts';

/** Why the phone is off or would not do what was asked, and what to do about it. */
export function PhoneNotices({ notice, onDismiss }: { notice: PhoneNotice | null; onDismiss: () => void }) {
  if (!notice) return null;
  if (notice.kind === 'failed') return <ErrorPart what={text.phone.failed} error={notice.error} />;
  const { what, how } = wordsOf(notice);
  return (
    <div role="alert" className="flex items-start gap-2 rounded-control border border-bad bg-bad-soft px-3 py-2.5">
      <OctagonX aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-bad" />
      <p className="min-w-0 flex-1">
        <strong className="font-semibold">{what}</strong> {how}
      </p>
      <Button size="dense" onClick={onDismiss}>
        {text.phone.dismiss}
      </Button>
    </div>
  );
}

function wordsOf(notice: Exclude<PhoneNotice, { kind: 'failed' }>): { what: string; how: string } {
  switch (notice.kind) {
    case 'microphone':
      return text.phone.problems[notice.problem]!;
    case 'unplugged':
      return text.phone.unplugged;
    case 'closed':
      return text.phone.closed[notice.why];
    case 'refused':
      return { what: text.phone.failed, how: notice.message };
  }
}

import { ErrorPart } from '../../../components/error-part.tsx';

/** What an act did not do, where it was asked for; nothing while it did not fail. */
export const Failure = ({ what, error }: { what: string; error: unknown }) =>
  error ? (
    <div className="p-3 tablet:px-4">
      <ErrorPart what={what} error={error} />
    </div>
  ) : null;

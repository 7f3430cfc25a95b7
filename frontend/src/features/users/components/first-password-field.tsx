import type { UseFormRegisterReturn } from 'react-hook-form';
import { Button } from '../../../components/button.tsx';
import { PasswordField } from '../../../components/field.tsx';
import { generatePassword, LEAST_PASSWORD_LENGTH } from '../../../lib/passwords.ts';
import { text } from '../../../strings/en.ts';

/** A password for somebody else: shown, because it has to be told to them, and made on request. */
export function FirstPasswordField({
  label,
  registration,
  error,
  onGenerate,
}: {
  label: string;
  registration: UseFormRegisterReturn;
  error?: string | undefined;
  onGenerate: (password: string) => void;
}) {
  return (
    <div className="grid gap-2">
      <PasswordField
        label={label}
        help={text.password.rule}
        autoComplete="new-password"
        startShown
        error={error}
        {...registration}
      />
      <Button
        size="dense"
        className="w-fit"
        onClick={() => onGenerate(generatePassword(bytes => crypto.getRandomValues(bytes)))}
      >
        {text.users.generate}
      </Button>
    </div>
  );
}

FirstPasswordField.rules = {
  validate: (value: string) => value.length >= LEAST_PASSWORD_LENGTH || text.password.tooShort(LEAST_PASSWORD_LENGTH),
};

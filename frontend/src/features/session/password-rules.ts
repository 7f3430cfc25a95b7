import { LEAST_PASSWORD_LENGTH } from '../../lib/passwords.ts';
import { text } from '../../strings/en.ts';

export type PasswordProblems = { current?: string; next?: string };

/** What is wrong with a change before it is sent. */
export function checkPasswordChange(current: string, next: string): PasswordProblems {
  const problems: PasswordProblems = {};
  if (!current) problems.current = text.password.currentMissing;
  if (next.length < LEAST_PASSWORD_LENGTH) problems.next = text.password.tooShort(LEAST_PASSWORD_LENGTH);
  else if (next === current) problems.next = text.password.same;
  return problems;
}

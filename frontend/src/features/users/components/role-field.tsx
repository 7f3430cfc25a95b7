import type { ComponentProps } from 'react';
import { SelectField } from '../../../components/field.tsx';
import { text } from '../../../strings/en.ts';
import { roleNames } from '../api/users.ts';

/** The four roles, with what the chosen one may do. */
export function RoleField({ role, ...rest }: ComponentProps<'select'> & { role: string }) {
  return (
    <SelectField label={text.users.role} help={text.users.roleHelp[role]} {...rest}>
      {roleNames.map(name => (
        <option key={name} value={name}>
          {text.roles[name]}
        </option>
      ))}
    </SelectField>
  );
}

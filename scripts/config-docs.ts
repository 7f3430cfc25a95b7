/** Writes `.env.example` and the table in `docs/configuration.md` from the schema: `node --import=tsx scripts/config-docs.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type VariableName, variableGroups, variables } from '../src/config-schema.ts';

const titles: Record<keyof typeof variableGroups, string> = {
  server: 'Server',
  data: 'Data',
  identity: 'Identity',
  carrier: 'Carrier (Twilio)',
  engines: 'Agents',
  google: 'Google Sheets',
  calls: 'Calls',
  rotation: 'Secrets being changed (accepted when checking, never used to sign)',
};

const groups = Object.entries(variableGroups) as [keyof typeof variableGroups, Record<string, unknown>][];

const defaultOf = (name: VariableName): string => {
  const { default: value, defaultText } = variables[name];
  if (defaultText) return defaultText;
  return value === undefined ? '' : String(value);
};

export function envExample(): string {
  const sections = groups.map(([group, members]) => {
    const lines = (Object.keys(members) as VariableName[]).map(name => {
      const fallback = defaultOf(name);
      return `# ${variables[name].about}${fallback ? ` Default: ${fallback}.` : ''}\n#${name}=${variables[name].secret ? '' : variables[name].example}`;
    });
    return `# --- ${titles[group]} ---\n\n${lines.join('\n')}`;
  });
  return `# Everything Parley can be told. Nothing is needed to try it: without credentials it runs on its sandbox.\n# Copy to .env and fill in what you use. Any variable can also be given as NAME_FILE, the path of a file that holds it.\n\n${sections.join('\n\n')}\n`;
}

export function configurationTable(): string {
  const sections = groups.map(([group, members]) => {
    const rows = (Object.keys(members) as VariableName[]).map(name => {
      const { kind, about, example, secret } = variables[name];
      const fallback = defaultOf(name);
      const cells = [
        `\`${name}\``,
        about,
        kind.allowed,
        fallback ? `\`${fallback}\`` : '–',
        secret ? '(secret)' : `\`${example}\``,
      ];
      return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
    });
    return `### ${titles[group]}\n\n| variable | what it does | allowed | default | example |\n|---|---|---|---|---|\n${rows.join('\n')}`;
  });
  return sections.join('\n\n');
}

export const markers = ['<!-- variables: begin -->', '<!-- variables: end -->'] as const;

if (process.argv[1]?.endsWith('config-docs.ts')) {
  writeFileSync('.env.example', envExample());
  const page = readFileSync('docs/configuration.md', 'utf8');
  const [before] = page.split(markers[0]);
  const after = page.split(markers[1])[1];
  writeFileSync('docs/configuration.md', `${before}${markers[0]}\n\n${configurationTable()}\n\n${markers[1]}${after}`);
  console.log('wrote .env.example and docs/configuration.md');
}

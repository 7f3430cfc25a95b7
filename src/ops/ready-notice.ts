import type { Config } from '../config.ts';

/** The first administrator, when this very start made it; the password only when we made that too. */
export interface FirstAdministrator {
  readonly email: string;
  readonly password?: string;
}

export interface ReadyNoticeOptions {
  readonly config: Config;
  readonly address: string;
  readonly version: string;
  readonly seconds: number;
  readonly administrator: FirstAdministrator;
}

/** What a person wants to know after a start: where it is, what is real, how to get in. */
export function readyNotice({ config, address, version, seconds, administrator }: ReadyNoticeOptions): string {
  const local = address.replace('://0.0.0.0', '://127.0.0.1').replace('://[::]', '://127.0.0.1');
  const base = config.SERVER_URL ?? local;
  const carrier = config.sandbox.carrier
    ? 'sandbox: nobody is really called'
    : 'real: Twilio, calls cost money and reach people';
  const agent = config.sandbox.agent
    ? 'sandbox agent'
    : `real: ElevenLabs${config.sandbox.carrier ? ', conversations cost money' : ''}`;
  const store = config.MONGODB_URI ? 'MongoDB' : `embedded, in ${config.DATA_DIR}`;
  const rows: [string, string][] = [
    ['Dashboard', `${base}/`],
    ['API', `${base}/api/docs`],
    ...(config.SERVER_URL ? ([['Listening', local]] as [string, string][]) : []),
    ['Carrier', carrier],
    ['Agent', agent],
    ['Store', store],
    ['Sign in', administrator.email],
    ...(administrator.password
      ? ([['Password', `${administrator.password}   (shown this once; change it after signing in)`]] as [
          string,
          string,
        ][])
      : []),
  ];
  const lines = rows.map(([label, value]) => `  ${label.padEnd(10)} ${value}`);
  return `\nParley ${version} is ready after ${seconds.toFixed(1)} s\n\n${lines.join('\n')}\n\n  Ctrl-C stops it in order.\n\n`;
}

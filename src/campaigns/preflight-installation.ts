import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { NumberDirectory } from '../agents/agents.types.ts';
import type { EngineKind } from '../engines/engine-contract.ts';
import { isEngineError } from '../engines/engine-error.ts';
import type { Engines } from '../engines/engines.ts';
import type { Dependencies } from '../ops/dependencies.ts';
import type { KillSwitch } from '../ops/kill-switch.ts';
import type { SettingsRepository } from '../ops/settings-repository.ts';
import { type Carrier, CarrierError } from '../telephony/carrier-contract.ts';
import { signatureOf, withoutFragment } from '../telephony/signature.ts';
import { block, type Finding, ok, warn } from './preflight.types.ts';
import { accountFindings, balanceFindings } from './preflight-rules.ts';
import type { Check } from './preflight-runner.ts';

export interface InstallationParts {
  readonly carrier: Pick<Carrier, 'account' | 'balance'>;
  readonly engines: Engines;
  readonly numbers: Pick<NumberDirectory, 'defaultCallerId'>;
  readonly killSwitch: Pick<KillSwitch, 'state'>;
  readonly dependencies: Pick<Dependencies, 'check'>;
  readonly reach: Reach;
  /** Whether the vendor's reports about calls can be checked, and so be taken. */
  readonly webhookSecret: boolean;
}

/** How the world reaches this installation. */
export interface Reach {
  /** The carrier is the sandbox, which delivers without the world between. */
  readonly direct: boolean;
  /** Null where nothing is set. */
  readonly serverUrl: string | undefined;
  readonly addressOf: (path: string) => string;
  /** An address of ours that the carrier signs, about no call that exists. */
  readonly signedAddress: () => string;
  readonly accountSid: string;
  readonly authToken: string;
  readonly proofOf: (nonce: string) => Promise<string>;
}

/** Where the installation answers whoever asks whether it is this one. */
export const echoPath = '/health/echo';

/** Proves to ourselves that an answer came from this installation: all its processes share the key. */
export function createEcho(settings: Pick<SettingsRepository, 'valueOrMake'>): (nonce: string) => Promise<string> {
  return async nonce => {
    const kept = await settings.valueOrMake('echo-key', { key: randomBytes(32).toString('base64') });
    return createHmac('sha256', Buffer.from(String(kept['key']), 'base64'))
      .update(`parley echo ${nonce}`)
      .digest('hex');
  };
}

/** What must be in order for any call at all. */
export function installationChecks(parts: InstallationParts): Check[] {
  const { carrier, engines, numbers, killSwitch, dependencies, reach, webhookSecret } = parts;
  return [
    {
      name: 'carrier-account',
      look: () => asCarrier('carrier-account', async () => accountFindings(await carrier.account())),
    },
    {
      name: 'carrier-balance',
      look: () => asCarrier('carrier-balance', async () => balanceFindings(await carrier.balance())),
    },
    ...engines.available.map(kind => ({ name: `engine-${kind}`, look: () => engineFindings(kind, engines) })),
    { name: 'webhooks', look: signal => reachFindings(reach, signal) },
    {
      name: 'caller-id',
      look: async () => {
        const from = await numbers.defaultCallerId();
        return from === null
          ? [
              block(
                'caller-id',
                'There is no number to call from.',
                'Set TWILIO_PHONE_NUMBER, or buy or verify a number at the carrier.',
              ),
            ]
          : [ok('caller-id', 'There is a number of ours to call from.')];
      },
    },
    {
      name: 'kill-switch',
      look: async () => {
        const { on, since, by } = await killSwitch.state();
        if (!on) return [ok('kill-switch', 'Calling is not stopped.')];
        const told = `Calling is stopped${since ? ` since ${since}` : ''}${by ? ` by ${by}` : ''}.`;
        return [block('kill-switch', told, 'When the reason is gone: npm run admin -- kill-switch off')];
      },
    },
    {
      name: 'reports',
      look: () => [
        webhookSecret
          ? ok('reports', 'Reports of the agents’ vendor can be checked.')
          : warn(
              'reports',
              'Reports of the agents’ vendor are refused, and calls learn minutes later what came of them.',
              'Set ELEVENLABS_WEBHOOK_SECRET.',
            ),
      ],
    },
    {
      name: 'dependencies',
      look: async () =>
        (await dependencies.check()).map(({ name, state, detail, critical, ...report }) => {
          const check = `dependency-${name}`;
          if (state === 'up') return ok(check, `The ${name} answers.`);
          const told = `The ${name} is ${state}${detail ? `: ${detail}` : ''}.`;
          const remedy = report.remedy ?? 'docs/operations.md says what each dependency is for.';
          return critical && state === 'down' ? block(check, told, remedy) : warn(check, told, remedy);
        }),
    },
  ];
}

/** A refusal of our account blocks; a carrier that does not answer may do so in a minute. */
async function asCarrier(check: string, ask: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof CarrierError)) throw error;
    return error.fault === 'account'
      ? [
          block(
            check,
            error.message,
            'Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, and the account in the carrier’s console.',
          ),
        ]
      : [warn(check, `This could not be checked: ${error.message}`, 'Try again in a minute.')];
  }
}

async function engineFindings(kind: EngineKind, engines: Engines): Promise<Finding[]> {
  const check = `engine-${kind}`;
  try {
    const agents = await engines.get(kind).agents();
    if (agents.length > 0) return [ok(check, `The vendor ${kind} accepts our key and lists ${agents.length} agents.`)];
    return [
      warn(
        check,
        `The vendor ${kind} accepts our key and has no agent.`,
        'Make one there, then a record of it under agents.',
      ),
    ];
  } catch (error) {
    if (!isEngineError(error)) throw error;
    return error.fault === 'credentials' || error.fault === 'credits'
      ? [block(check, error.message, 'Check the key and the credits at the vendor.')]
      : [warn(check, `This could not be checked: ${error.message}`, 'Try again in a minute.')];
  }
}

/** The public address must lead here, and pass on what the carrier signs as it was signed. */
export async function reachFindings(reach: Reach, signal: AbortSignal): Promise<Finding[]> {
  const check = 'webhooks';
  if (reach.direct) return [ok(check, 'The sandbox’s carrier reaches this server directly.')];
  if (reach.serverUrl === undefined)
    return [
      block(
        check,
        'SERVER_URL is not set, so the carrier cannot reach this server.',
        'Set SERVER_URL to the public https address.',
      ),
    ];
  if (!reach.serverUrl.startsWith('https:'))
    return [
      warn(
        check,
        'SERVER_URL is not https: what the carrier tells of calls travels readable.',
        'Put a proxy with a certificate before the server.',
      ),
    ];
  const nonce = randomBytes(16).toString('hex');
  let answer: Response;
  try {
    answer = await fetch(reach.addressOf(`${echoPath}?nonce=${nonce}`), { signal, redirect: 'manual' });
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    const told = `The public address did not answer from here (${cause?.code ?? 'no connection'}); from outside it may.`;
    return [warn(check, told, 'Open SERVER_URL with /healthz behind it from another network.')];
  }
  const { proof } = ((await answer.json().catch(() => null)) ?? {}) as { proof?: unknown };
  if (!(await isProof(proof, nonce, reach)))
    return [
      block(
        check,
        'Something else answers at SERVER_URL.',
        'Set SERVER_URL to the address that leads here, with its path prefix, and have the proxy pass everything on.',
      ),
    ];
  const address = withoutFragment(reach.signedAddress());
  const form = {
    AccountSid: reach.accountSid,
    CallSid: `CA${randomBytes(16).toString('hex')}`,
    StreamEvent: 'preflight',
  };
  const signed = await fetch(address, {
    method: 'POST',
    redirect: 'manual',
    signal,
    headers: { 'x-twilio-signature': signatureOf(reach.authToken, address, form).toString('base64') },
    body: new URLSearchParams(form),
  });
  if (signed.ok)
    return [ok(check, 'The public address leads here, and what the carrier signs arrives as it was signed.')];
  return [
    block(
      check,
      `What the carrier signs is refused when it comes over SERVER_URL (HTTP ${signed.status}).`,
      'A proxy changes path, query, body or headers: the log names the likely cause of each refused signature.',
    ),
  ];
}

async function isProof(given: unknown, nonce: string, { proofOf }: Reach): Promise<boolean> {
  const expected = Buffer.from(await proofOf(nonce));
  const proof = Buffer.from(typeof given === 'string' ? given : '');
  return proof.length === expected.length && timingSafeEqual(proof, expected);
}

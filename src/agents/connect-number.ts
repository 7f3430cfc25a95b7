import type { Config } from '../config.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../ops/logger.ts';
import { createMetrics } from '../ops/metrics.ts';
import { createPublicAddress } from '../public-address.ts';
import type { RepositoryContext } from '../store/store.ts';
import { createCarrierAddresses } from '../telephony/carrier-addresses.ts';
import type { NumberAddresses } from '../telephony/carrier-contract.ts';
import { createTwilioCarrier } from '../telephony/twilio-carrier.ts';
import { apiBaseUrlOf } from '../telephony/twilio-region.ts';
import { NumberRepository } from './number-repository.ts';
import { createNumberService } from './number-service.ts';

export interface ConnectNumberRequest {
  /** `TWILIO_PHONE_NUMBER` without one. */
  readonly phone: string | undefined;
  readonly dryRun: boolean;
  /** Asked with old and new before anything is changed. */
  readonly confirm: (plan: ConnectionPlan) => Promise<boolean>;
}

export interface ConnectionPlan {
  readonly phone: string;
  readonly before: NumberAddresses;
  readonly after: NumberAddresses;
  readonly changed: boolean;
}

export interface ConnectionResult extends ConnectionPlan {
  readonly id: string;
  readonly done: boolean;
}

/** Points one of the account's numbers at this installation without a running server; nothing is changed unconfirmed. */
export async function connectNumber(
  { phone, dryRun, confirm }: ConnectNumberRequest,
  { config, store, logger, now }: { config: Config; store: RepositoryContext; logger: Logger; now: () => Date },
): Promise<ConnectionResult> {
  const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_PHONE_NUMBER, SERVER_URL } = config;
  if (config.sandbox.carrier || !TWILIO_ACCOUNT_SID || !TWILIO_AUTH_TOKEN || SERVER_URL === undefined) {
    throw new AppError(
      'BAD_REQUEST',
      'The carrier is the sandbox, whose numbers reach the server by themselves. For a number at Twilio set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and SERVER_URL.',
    );
  }
  const wanted = phone ?? TWILIO_PHONE_NUMBER;
  if (wanted === undefined) throw new AppError('BAD_REQUEST', 'Say which number, or set TWILIO_PHONE_NUMBER.');

  const metrics = createMetrics();
  const carrier = createTwilioCarrier({
    accountSid: TWILIO_ACCOUNT_SID,
    authToken: TWILIO_AUTH_TOKEN,
    apiBaseUrl: apiBaseUrlOf(config),
    metrics,
  });
  try {
    const addresses = createCarrierAddresses(createPublicAddress(() => SERVER_URL));
    const repository = new NumberRepository(store);
    const service = createNumberService({
      repository,
      carrier,
      ownPhone: TWILIO_PHONE_NUMBER,
      addresses: () => ({
        voiceUrl: addresses.voice(),
        fallbackUrl: addresses.fallback(),
        statusCallback: addresses.callStatus(),
      }),
      // Who answers is not decided here.
      checkAgent: async () => {},
      logger,
      now,
    });
    await service.ensureOwnNumber();
    await service.sync();
    const record = await repository.findByPhone(wanted);
    if (!record) {
      throw new AppError(
        'NUMBER_NOT_OWNED',
        `The account of the carrier does not own ${wanted}; write it with + and country code.`,
      );
    }
    const id = record._id.toHexString();
    const { before, after, changed } = await service.connect(id, true);
    const plan: ConnectionPlan = { phone: wanted, before, after, changed };
    if (dryRun || !(await confirm(plan))) return { ...plan, id, done: false };
    await service.connect(id, false);
    return { ...plan, id, done: true };
  } finally {
    await carrier.close();
    metrics.stop();
  }
}

/** Old and new for people to compare. */
export function describePlan({ phone, before, after, changed }: ConnectionPlan): string {
  const names = { voiceUrl: 'voice', fallbackUrl: 'fallback', statusCallback: 'status' } as const;
  const lines = Object.entries(names).flatMap(([field, name]) => [
    `  ${name.padEnd(9)} now  ${before[field as keyof NumberAddresses] || '(nothing)'}`,
    `  ${''.padEnd(9)} new  ${after[field as keyof NumberAddresses]}`,
  ]);
  return `${phone}${changed ? '' : ' points here already'}\n${lines.join('\n')}\n`;
}

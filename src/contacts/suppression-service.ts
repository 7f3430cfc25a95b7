import { createHmac, randomBytes } from 'node:crypto';
import { normalisePhone } from '../compliance/phone.ts';
import { AppError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { SettingsRepository } from '../ops/settings-repository.ts';
import { answered } from '../store/gathered.ts';
import type { Stored } from '../store/schema.ts';
import type { Suppression, SuppressionRepository } from './suppression-repository.ts';
import './suppressions-events.ts';
import type { Suppressions, SuppressionView } from './suppressions.types.ts';

export interface SuppressionService extends Suppressions {
  /** The number as a person wrote it, in the form the list compares; throws `VALIDATION_FAILED` naming the field. */
  numberOf(text: string): string;
  /** Lists many numbers, at most a thousand; each holds with the next dial. */
  addMany(phones: readonly string[], reason: string, source: string): Promise<{ added: number }>;
  /** Takes a number off the list; throws `NOT_FOUND`. Returns the keyed hash that stood there, for the audit log. */
  lift(id: string): Promise<{ phoneHash: string }>;
}

export interface SuppressionServiceOptions {
  readonly repository: SuppressionRepository;
  readonly settings: SettingsRepository;
  readonly events: Events;
  readonly defaultCountry: string;
}

/** The do-not-call list of this installation. Numbers are found by a keyed hash, so that erasing a person keeps the block. */
export function createSuppressions({
  repository,
  settings,
  events,
  defaultCountry,
}: SuppressionServiceOptions): SuppressionService {
  const hash = createPhoneHash(settings);
  const listed = answered(async (hashes: string[]) => {
    const found = await repository.withHashes([...new Set(hashes)]);
    return hashes.map(each => found.get(each) ?? null);
  });
  return {
    numberOf(text) {
      const phone = normalisePhone(text, defaultCountry);
      if (phone.ok) return phone.e164;
      throw new AppError('VALIDATION_FAILED', `phone ${phone.message}; write it as +12125550100.`, {
        details: [{ field: 'phone', problem: phone.message }],
      });
    },
    hashOf: hash,
    async of(phone) {
      const found = await listed(await hash(phone));
      return found && view(repository, found);
    },
    sinceWhen: async phoneHashes =>
      new Map([...(await repository.since(phoneHashes))].map(([hash, at]) => [hash, at.getTime()])),
    async add(phone, reason, source, evidence) {
      const phoneHash = await hash(phone);
      const { suppression, added } = await repository.add({
        phone,
        phoneHash,
        reason,
        source,
        evidence: evidence ?? null,
      });
      const shown = view(repository, suppression);
      const cancelled: Promise<unknown>[] = [];
      if (added)
        events.publish('suppressions.added', { phone, suppression: shown, waitFor: work => cancelled.push(work) });
      await Promise.all(cancelled);
      return { suppression: shown, added };
    },
    async addMany(phones, reason, source) {
      const wanted = new Map<string, string>();
      for (const phone of phones) wanted.set(await hash(phone), phone);
      const suppressions = [...wanted].map(([phoneHash, phone]) => ({
        phone,
        phoneHash,
        reason,
        source,
        evidence: null,
      }));
      const added = await repository.addMany(suppressions, new Date());
      for (const suppression of added)
        events.publish('suppressions.added', {
          phone: suppression.phone!,
          suppression: view(repository, suppression),
          // Of so many nobody waits until each is known to hold.
          waitFor: () => undefined,
        });
      return { added: added.length };
    },
    async lift(id) {
      const found = await repository.findById(id);
      if (!found || !(await repository.remove(id)))
        throw new AppError('NOT_FOUND', 'There is no suppression with this id.');
      return { phoneHash: found.phoneHash };
    },
  };
}

const view = (repository: SuppressionRepository, stored: Stored<Suppression>): SuppressionView =>
  repository.toApi(stored);

/** The installation's own key, made once and never changed: with another one, every opt-out so far would be forgotten. */
function createPhoneHash(settings: SettingsRepository): (phone: string) => Promise<string> {
  let key: Promise<Buffer> | undefined;
  const load = async () => {
    const kept = await settings.valueOrMake('suppression-key', { key: randomBytes(32).toString('base64') });
    const text = kept['key'];
    if (typeof text !== 'string' || text === '') {
      throw new AppError(
        'INTERNAL',
        'The key of the do-not-call list is damaged; nobody is called until it is restored',
      );
    }
    return Buffer.from(text, 'base64');
  };
  return async phone => {
    key ??= load().catch(error => {
      key = undefined;
      throw error;
    });
    return `hmac-sha256:${createHmac('sha256', await key)
      .update(phone)
      .digest('hex')}`;
  };
}

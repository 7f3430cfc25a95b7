import { Types } from 'mongoose';
import { AppError } from '../errors.ts';
import type { Stored } from '../store/schema.ts';
import { apiKeyHash, looksLikeApiKey, newApiKey } from './api-key-format.ts';
import type { ApiKey, ApiKeyRepository } from './api-key-repository.ts';
import type { Permission } from './permissions.ts';
import { keyPrincipal, type Principal } from './principal.ts';
import type { UserRepository } from './user-repository.ts';

/** How exactly "last used" is kept: a write for every request would cost more than it tells. */
const lastUsedStepMs = 60_000;

export type ApiKeyService = ReturnType<typeof createApiKeyService>;

/** Keys for programs. Each acts for the person who made it and never outgrows them. */
export function createApiKeyService(
  keys: ApiKeyRepository,
  users: UserRepository,
  now: () => Date,
  accessChanged: () => void = () => {},
) {
  /** The person behind whoever makes a key: themselves, or the maker of the key they use. */
  const ownerOf = async (principal: Principal): Promise<Types.ObjectId | null> => {
    if (principal.kind === 'user') return new Types.ObjectId(principal.id);
    if (principal.kind === 'static') return null;
    return (await keys.findById(principal.id))?.createdBy ?? null;
  };

  return {
    async create(
      maker: Principal,
      name: string,
      scopes: readonly Permission[],
      expiresAt: Date | null,
    ): Promise<{ key: Stored<ApiKey>; secret: string }> {
      const beyond = scopes.filter(scope => !maker.permissions.has(scope));
      if (beyond.length > 0) {
        throw new AppError('FORBIDDEN', `A key cannot have more permissions than you: ${beyond.join(', ')}.`, {
          details: { scopes: beyond },
        });
      }
      if (expiresAt && expiresAt <= now()) {
        throw new AppError('VALIDATION_FAILED', 'expiresAt must be in the future.', {
          details: [{ field: 'expiresAt', problem: 'must be in the future' }],
        });
      }
      const { secret, prefix, hash } = newApiKey();
      const key = await keys.create({
        name,
        prefix,
        hash,
        scopes: [...new Set(scopes)],
        expiresAt,
        revokedAt: null,
        lastUsedAt: null,
        createdBy: await ownerOf(maker),
        createdByLabel: maker.label,
      });
      return { key, secret };
    },

    async revoke(id: string): Promise<Stored<ApiKey>> {
      const key = await keys.findById(id);
      if (!key) throw new AppError('NOT_FOUND', 'There is no API key with this id.');
      if (key.revokedAt) return key;
      const revoked = await keys.revoke(id, now());
      accessChanged();
      return revoked;
    },

    /** Who a key stands for; undefined when the text is no key of ours, or one that expired or was revoked. */
    async authenticate(text: string): Promise<Principal | undefined> {
      if (!looksLikeApiKey(text)) return undefined;
      const hash = apiKeyHash(text);
      const key = hash && (await keys.findByHash(hash));
      if (!key || key.revokedAt || (key.expiresAt && key.expiresAt <= now())) return undefined;
      const maker = key.createdBy ? await users.findById(key.createdBy) : null;
      if (key.createdBy && (!maker || maker.disabled)) return undefined;
      if (now().getTime() - (key.lastUsedAt?.getTime() ?? 0) >= lastUsedStepMs) await keys.used(key._id, now());
      const { name, scopes, expiresAt } = key;
      return keyPrincipal({ id: key._id.toHexString(), name, scopes, expiresAt }, maker?.role ?? 'admin');
    },
  };
}

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { SettingsRepository } from '../ops/settings-repository.ts';

export const longestLinkSeconds = 15 * 60;

/** What a signed address carries: one recording, until when, and a random name of the link. Nobody's identity is in it. */
export interface LinkParts {
  readonly until: number;
  readonly link: string;
  readonly signature: string;
}

export interface RecordingLinks {
  make(recordingId: string, seconds: number): Promise<LinkParts>;
  /** Throws `LINK_INVALID` for what we did not sign, and `LINK_EXPIRED`. */
  check(recordingId: string, parts: LinkParts): Promise<void>;
}

/** Addresses for players, which send no credentials. The key is the installation's own and shared by its processes. */
export function createRecordingLinks(
  settings: Pick<SettingsRepository, 'valueOrMake'>,
  now: () => Date,
): RecordingLinks {
  let key: Promise<Buffer> | undefined;
  const load = async () => {
    const { key: text } = await settings.valueOrMake('recording-links', { key: randomBytes(32).toString('base64') });
    if (typeof text !== 'string' || text === '') throw new AppError('INTERNAL', 'The key of signed links is damaged');
    return Buffer.from(text, 'base64');
  };
  const sign = async (recordingId: string, until: number, link: string): Promise<string> => {
    key ??= load().catch(error => {
      key = undefined;
      throw error;
    });
    return createHmac('sha256', await key)
      .update(`recording ${recordingId} ${until} ${link}`)
      .digest('base64url');
  };

  return {
    async make(recordingId, seconds) {
      const until = Math.floor(now().getTime() / 1_000) + Math.min(seconds, longestLinkSeconds);
      const link = randomBytes(9).toString('base64url');
      return { until, link, signature: await sign(recordingId, until, link) };
    },
    async check(recordingId, { until, link, signature }) {
      const expected = Buffer.from(await sign(recordingId, until, link));
      const given = Buffer.from(signature);
      if (given.length !== expected.length || !timingSafeEqual(given, expected))
        throw new AppError('LINK_INVALID', 'This link was not made here, or was changed; ask for another one.');
      if (until * 1_000 <= now().getTime())
        throw new AppError('LINK_EXPIRED', 'This link has expired; ask for another one.');
    },
  };
}

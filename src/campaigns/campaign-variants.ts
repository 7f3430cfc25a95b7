import { createHash } from 'node:crypto';
import type { CampaignVariant } from './campaign-document.ts';

/**
 * The variant somebody belongs to: by a hash of campaign and contact, so that it is the same whoever adds them and however often. It
 * is written with the person and stays, also when weights change later.
 */
export function variantFor(
  campaignId: string,
  contactId: string,
  variants: readonly Pick<CampaignVariant, 'name' | 'weight'>[],
): string | null {
  const total = variants.reduce((sum, { weight }) => sum + weight, 0);
  if (total <= 0) return null;
  const hash = createHash('sha256').update(`${campaignId}:${contactId}`).digest();
  let place = (hash.readUIntBE(0, 6) / 2 ** 48) * total;
  for (const { name, weight } of variants) {
    if (place < weight) return name;
    place -= weight;
  }
  return variants.at(-1)?.name ?? null;
}

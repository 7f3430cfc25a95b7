import type { Config } from '../config.ts';

const defaultBase = 'https://api.twilio.com';

type RegionConfig = Pick<Config, 'TWILIO_API_BASE_URL' | 'TWILIO_REGION' | 'TWILIO_EDGE'>;

/**
 * Where the carrier's API is. Region and edge come together, as one alone lands in the default region, where the credentials of
 * another are refused; an address of one's own goes over both.
 */
export function apiBaseUrlOf({ TWILIO_API_BASE_URL, TWILIO_REGION, TWILIO_EDGE }: RegionConfig): string {
  if (TWILIO_API_BASE_URL !== defaultBase || !TWILIO_REGION || !TWILIO_EDGE) return TWILIO_API_BASE_URL;
  return `https://api.${TWILIO_EDGE}.${TWILIO_REGION}.twilio.com`;
}

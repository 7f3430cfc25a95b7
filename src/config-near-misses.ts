import { type VariableName, variableNames } from './config-schema.ts';

/** Names people bring from elsewhere, answered with ours. */
const knownAs: Record<string, VariableName> = {
  TWILIO_CALLER_ID: 'TWILIO_PHONE_NUMBER',
  TWILIO_FROM: 'TWILIO_PHONE_NUMBER',
  TWILIO_FROM_NUMBER: 'TWILIO_PHONE_NUMBER',
  TWILIO_NUMBER: 'TWILIO_PHONE_NUMBER',
  TWILIO_SID: 'TWILIO_ACCOUNT_SID',
  TWILIO_TOKEN: 'TWILIO_AUTH_TOKEN',
  MONGO_URI: 'MONGODB_URI',
  MONGO_URL: 'MONGODB_URI',
  MONGODB_URL: 'MONGODB_URI',
  REDIS_URI: 'REDIS_URL',
  PUBLIC_URL: 'SERVER_URL',
  ELEVENLABS_KEY: 'ELEVENLABS_API_KEY',
  ELEVEN_API_KEY: 'ELEVENLABS_API_KEY',
  XI_API_KEY: 'ELEVENLABS_API_KEY',
  ELEVENLABS_AGENT: 'ELEVENLABS_AGENT_ID',
  ELEVENLABS_BASE_URL: 'ELEVENLABS_API_BASE_URL',
  OPENAI_KEY: 'OPENAI_API_KEY',
  OPENAI_API_BASE_URL: 'OPENAI_BASE_URL',
  SESSION_SECRET: 'JWT_SECRET',
  S3_ACCESS_KEY_ID: 'S3_ACCESS_KEY',
  S3_SECRET_ACCESS_KEY: 'S3_SECRET_KEY',
  MAX_CALL_DURATION: 'MAX_CALL_MINUTES',
};

/** The variable a misspelt name stands for: a name from elsewhere, or one of ours with up to two slips. */
export function meantBy(name: string): VariableName | undefined {
  if (knownAs[name]) return knownAs[name];
  if (name.length < 8 || !name.includes('_')) return undefined;
  return variableNames.find(known => Math.abs(known.length - name.length) <= 2 && slips(known, name) <= 2);
}

/** Damerau-Levenshtein distance, enough for names of this length. */
function slips(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

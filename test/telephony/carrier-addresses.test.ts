import { test } from 'tap';
import { loadConfig } from '../../src/config.ts';
import { createPublicAddress } from '../../src/public-address.ts';
import { parseConnectionOverrides } from '../../src/sandbox/carrier/connection-overrides.ts';
import { createCarrierAddresses } from '../../src/telephony/carrier-addresses.ts';
import { apiBaseUrlOf } from '../../src/telephony/twilio-region.ts';

const addresses = createCarrierAddresses(createPublicAddress(() => 'https://calls.example.com/parley'));

test('every address the carrier is told is public, keeps the prefix, and names its call', t => {
  const callbacks = {
    '/outbound-call-twiml': addresses.outboundTwiml('6a'),
    '/voice': addresses.voice('6a'),
    '/stream-ended': addresses.streamEnded('6a'),
    '/fallback-twiml': addresses.fallback('6a'),
    '/call-status-callback': addresses.callStatus('6a'),
    '/amd-status-callback': addresses.amdStatus('6a'),
    '/recording-status-callback': addresses.recordingStatus('6a'),
    '/stream-status-callback': addresses.streamStatus('6a'),
    '/relay-ended': addresses.relayEnded('6a'),
  };
  for (const [path, address] of Object.entries(callbacks)) {
    t.equal(address.split('#')[0], `https://calls.example.com/parley${path}?attempt=6a`);
    const { overrides, problems } = parseConnectionOverrides(address);
    t.same(problems, [], `${path}: the carrier understands its instructions`);
    t.ok(overrides.retries >= 2 && overrides.retryOn.has('5xx') && overrides.retryOn.has('ct'));
  }
  t.match(addresses.voice(), /^https:\/\/calls\.example\.com\/parley\/voice#/);
  t.match(addresses.fallback(), /\/fallback-twiml#/);
  t.match(addresses.callStatus(), /\/call-status-callback#/);
  t.match(addresses.callStatus('a&b=c#d'), /\?attempt=a%26b%3Dc%23d#/);
  t.end();
});

test('sockets have neither query nor fragment, which the carrier would not pass on', t => {
  t.equal(addresses.mediaStream(), 'wss://calls.example.com/parley/media-stream');
  t.equal(addresses.conversationRelay(), 'wss://calls.example.com/parley/conversation-relay');
  t.end();
});

test('region and edge choose the host of the API together, an address of one’s own goes over them', t => {
  const real = {
    TWILIO_ACCOUNT_SID: `AC${'5a'.repeat(16)}`,
    TWILIO_AUTH_TOKEN: '7b'.repeat(16),
    SERVER_URL: 'https://a.example.com',
  };
  const base = (env: Record<string, string>) =>
    apiBaseUrlOf(loadConfig({ ...real, ELEVENLABS_API_KEY: 'invented key', ...env }, () => ''));
  t.equal(base({}), 'https://api.twilio.com');
  t.equal(base({ TWILIO_REGION: 'ie1', TWILIO_EDGE: 'dublin' }), 'https://api.dublin.ie1.twilio.com');
  t.equal(
    base({ TWILIO_REGION: 'ie1', TWILIO_EDGE: 'dublin', TWILIO_API_BASE_URL: 'http://127.0.0.1:8100' }),
    'http://127.0.0.1:8100',
  );
  t.end();
});

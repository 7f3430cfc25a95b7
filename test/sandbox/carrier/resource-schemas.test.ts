import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { test } from 'tap';
import { callee, startCarrierWithProduct } from '../../helpers/carrier-client.ts';
import type { AnyJson } from '../../helpers/trivial-product.ts';

const file = new URL('../../fixtures/twilio/schemas.json', import.meta.url);
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(JSON.parse(readFileSync(file, 'utf8')), 'twilio');

const callFields =
  `sid date_created date_updated parent_call_sid account_sid to to_formatted from from_formatted phone_number_sid status start_time
end_time duration price price_unit direction answered_by api_version forwarded_from group_sid caller_name queue_time trunk_sid uri
subresource_uris`.split(/\s+/);
const recordingFields =
  `account_sid api_version call_sid conference_sid date_created date_updated start_time duration sid price price_unit status
channels source error_code uri encryption_details`.split(/\s+/);
const pageFields = 'page page_size start end uri first_page_uri previous_page_uri next_page_uri'.split(' ');

const streamFields = 'sid account_sid call_sid name status date_updated uri'.split(' ');

const waiting = '<Response><Pause length="600"/></Response>';

test('answers fit the schemas that Twilio publishes, with nothing missing and nothing added', async t => {
  const { carrier, client, call } = await startCarrierWithProduct(t);
  const account = `${carrier.baseUrl}/2010-04-01/Accounts/${carrier.accountSid}`;
  const headers = {
    authorization: `Basic ${Buffer.from(`${carrier.accountSid}:${carrier.authToken}`).toString('base64')}`,
  };
  const get = async (path: string) => (await (await fetch(`${account}/${path}`, { headers })).json()) as AnyJson;
  /** The published schemas hardly require anything, so the fields are counted here. */
  const fits = (value: object, schema: string, fields: readonly string[], what: string) => {
    const validate = ajv.getSchema(`twilio#/components/schemas/${schema}`)!;
    t.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors)}`);
    t.same(Object.keys(value).sort(), [...fields].sort(), what);
  };
  const post = async (path: string, form: Record<string, string>) =>
    (await (
      await fetch(`${account}/${path}`, { method: 'POST', headers, body: new URLSearchParams(form) })
    ).json()) as Record<string, string>;

  const created = await post('Calls.json', { To: callee, From: carrier.phoneNumber, Twiml: waiting });
  fits(created, 'api.v2010.account.call', callFields, 'a created call');
  const sid = created['sid']!;
  await carrier.control.reached(sid, 'in-progress');
  fits(await get(`Calls/${sid}.json`), 'api.v2010.account.call', callFields, 'a running call');
  const recording = await post(`Calls/${sid}/Recordings.json`, { RecordingChannels: 'dual' });
  fits(recording, 'api.v2010.account.call.call_recording', [...recordingFields, 'track'], 'a running recording');
  const stream = await post(`Calls/${sid}/Streams.json`, { Url: 'wss://calls.example.com/copy', Name: 'copy' });
  fits(stream, 'api.v2010.account.call.stream', streamFields, 'a running stream');
  const stopped = await post(`Calls/${sid}/Streams/${stream['sid']}.json`, { Status: 'stopped' });
  fits(stopped, 'api.v2010.account.call.stream', streamFields, 'a stopped stream');
  fits(
    await get(`Calls/${sid}/Recordings/${recording['sid']}.json`),
    'api.v2010.account.call.call_recording',
    [...recordingFields, 'track'],
    'the same',
  );
  await client.calls(sid).update({ status: 'completed' });
  await carrier.control.idle();
  const ended = await get(`Calls/${sid}.json`);
  fits(ended, 'api.v2010.account.call', callFields, 'an ended call');
  for (const [name, value] of Object.entries(ended)) {
    if (name !== 'subresource_uris') t.ok(value === null || typeof value === 'string', `${name} is a string or null`);
  }
  const below = [...recordingFields, 'subresource_uris', 'media_url'];
  fits(await get(`Recordings/${recording['sid']}.json`), 'api.v2010.account.recording', below, 'an ended recording');
  const page = await get('Calls.json?PageSize=1');
  t.same(Object.keys(page).sort(), ['calls', ...pageFields].sort());
  t.equal(page['calls'].length, 1);
  for (const list of ['Recordings', `Calls/${sid}/Recordings`]) {
    const recordings = await get(`${list}.json`);
    t.same(Object.keys(recordings).sort(), ['recordings', ...pageFields].sort(), list);
    t.equal(recordings['recordings'].length, 1);
  }
  fits(await get('Calls/CA00.json'), 'x-added.error', ['code', 'message', 'more_info', 'status'], 'an error');
  await t.rejects(call({ to: '+15005550001', twiml: waiting }), {
    code: 21217,
    status: 400,
    moreInfo: /docs\/errors\/21217$/,
  });
  const test = await call({ from: '+15005550006', twiml: waiting });
  t.equal(test.status, 'queued');
  await t.rejects(
    client.calls(test.sid).fetch(),
    { status: 404, code: 20404 },
    'a call from the test number is answered and forgotten',
  );
});

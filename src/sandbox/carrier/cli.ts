import { parseArgs } from 'node:util';
import { createTwinClock } from '../clock.ts';
import { closeOnSignals, positive, run, whole } from '../program.ts';
import { demoScenarioFile, loadScenario } from '../scenarios/scenario.ts';
import { defaultAccount, startCarrierTwin } from './carrier-twin.ts';
import { parseDeliver } from './deliver-map.ts';

const usage = `Usage: npm run sandbox:carrier -- [--port 8100] [--host 127.0.0.1] [--deliver ORIGIN=URL]… [--scenario FILE] [--cps 1] [--scale 1] [--no-recognition]

A carrier that speaks Twilio's protocols. Account: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, first number: TWILIO_PHONE_NUMBER,
calls per second: TWILIO_CPS; what is not set has a default, printed at start.
--deliver   requests for the public ORIGIN go to URL, signed for ORIGIN; may be repeated
--scenario  who answers (sandbox-data/scenarios/demo.yaml without it)
--scale     how much faster than real time the telephone network runs
--no-recognition  saves the work of recognising what people hear`;

/** `npm run sandbox:carrier`: the carrier twin in a process of its own. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8100' },
      host: { type: 'string', default: '127.0.0.1' },
      deliver: { type: 'string', multiple: true, default: [] },
      scenario: { type: 'string', default: demoScenarioFile },
      cps: { type: 'string', default: process.env['TWILIO_CPS'] ?? '1' },
      scale: { type: 'string', default: '1' },
      'no-recognition': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const twin = await startCarrierTwin({
    port: whole('--port', values.port, 0, 65_535),
    host: values.host,
    accountSid: process.env['TWILIO_ACCOUNT_SID'] || defaultAccount.accountSid,
    authToken: process.env['TWILIO_AUTH_TOKEN'] || defaultAccount.authToken,
    phoneNumber: process.env['TWILIO_PHONE_NUMBER'] || defaultAccount.phoneNumber,
    deliver: Object.fromEntries(values.deliver.map(parseDeliver)),
    scenario: loadScenario(values.scenario),
    callsPerSecond: positive('--cps', values.cps),
    clock: createTwinClock(positive('--scale', values.scale)),
    recognise: !values['no-recognition'],
    onViolation: ({ kind, detail, callSid }) => console.error(`violation  ${kind}  ${callSid ?? ''}  ${detail}`),
  });
  console.log(`carrier twin   ${twin.baseUrl}`);
  console.log(`account        ${twin.accountSid}`);
  // The default token protects nothing; one of the user's own stays out of terminals and logs.
  console.log(`auth token     ${process.env['TWILIO_AUTH_TOKEN'] ? '(from TWILIO_AUTH_TOKEN)' : twin.authToken}`);
  console.log(`number         ${twin.phoneNumber}`);
  closeOnSignals(twin);
}

run(main, usage);

import { parseArgs } from 'node:util';
import { createTwinClock } from '../clock.ts';
import { closeOnSignals, positive, run, whole } from '../program.ts';
import { demoScenarioFile, loadScenario } from '../scenarios/scenario.ts';
import { defaultAgentKey, startAgentTwin } from './agent-twin.ts';

const usage = `Usage: npm run sandbox:agent -- [--port 8200] [--host 127.0.0.1] [--scenario FILE] [--webhook URL] [--retries] [--tools URL] [--concurrency N] [--scale 1]

An agent that speaks ElevenLabs' protocols. Key: ELEVENLABS_API_KEY (a default, printed at start, without it);
post-call reports go to --webhook, signed with ELEVENLABS_WEBHOOK_SECRET.
--scenario     who calls and what the agents say (sandbox-data/scenarios/demo.yaml without it)
--retries      repeats failed reports, as the vendor does where that is switched on
--tools        the product answers tools at this address, in which {tool} is the tool's name, with the bearer token of TOOLS_BEARER;
               without it they are client tools
--concurrency  conversations at a time (any number without it)
--scale        how much faster than real time conversations run`;

/** `npm run sandbox:agent`: the agent twin in a process of its own. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8200' },
      host: { type: 'string', default: '127.0.0.1' },
      scenario: { type: 'string', default: demoScenarioFile },
      webhook: { type: 'string' },
      retries: { type: 'boolean', default: false },
      tools: { type: 'string' },
      concurrency: { type: 'string' },
      scale: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(usage);
  const webhookSecret = process.env['ELEVENLABS_WEBHOOK_SECRET'];
  if (values.webhook && !webhookSecret) throw new Error('--webhook needs ELEVENLABS_WEBHOOK_SECRET to sign with');
  const bearer = process.env['TOOLS_BEARER'];
  const twin = await startAgentTwin({
    port: whole('--port', values.port, 0, 65_535),
    host: values.host,
    apiKey: process.env['ELEVENLABS_API_KEY'] || defaultAgentKey,
    scenario: loadScenario(values.scenario),
    clock: createTwinClock(positive('--scale', values.scale)),
    webhookRetries: values.retries,
    ...(values.webhook ? { webhookUrl: values.webhook, webhookSecret: webhookSecret! } : {}),
    ...(values.tools
      ? { serverTools: { url: values.tools, headers: bearer ? { authorization: `Bearer ${bearer}` } : {} } }
      : {}),
    ...(values.concurrency ? { concurrency: whole('--concurrency', values.concurrency, 1, 100_000) } : {}),
    onViolation: ({ kind, detail, conversationId }) =>
      console.error(`violation  ${kind}  ${conversationId ?? ''}  ${detail}`),
  });
  console.log(`agent twin     ${twin.baseUrl}`);
  // The default key protects nothing; one of the user's own stays out of terminals and logs.
  console.log(`key            ${process.env['ELEVENLABS_API_KEY'] ? '(from ELEVENLABS_API_KEY)' : twin.apiKey}`);
  for (const { agent_id: id, name } of twin.control.agents()) console.log(`agent          ${id}  ${name}`);
  closeOnSignals(twin);
}

run(main, usage);

import { copyFile, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { root } from '../lib/project.mjs';
import { type Day, makeDay, until } from './day.ts';
import { fileOf, type Look, type Shot, startCamera } from './pictures.ts';
import { startProduct } from './product.ts';

// A picture of every page in light, dark and at the width of a telephone, of the built product with the embedded store and the sandbox:
// people and a week of calls are invented, a campaign runs, another is through, and calls are on the line while pictures are taken.
// `npm run screenshots -- [FOLDER] [--readme] [--seconds 120]`: FOLDER is one below the temporary folder unless named; --readme takes
// the pictures of README.md alone, into docs/images; --seconds is how long campaigns run before the first picture.
// Exits with 1 when a page was wider than its window, failed, or said what no page should.

const args = process.argv.slice(2);
const forReadme = args.includes('--readme');
const secondsAt = args.indexOf('--seconds');
const seconds = secondsAt < 0 ? 120 : Number(args[secondsAt + 1]);
const named = args.find((each, at) => !each.startsWith('--') && (secondsAt < 0 || at !== secondsAt + 1));
const say = (line: string) => console.log(line);

/** The link to a call on which the agent has said something. */
const opened = (page: Page) => page.locator('[data-call]').filter({ hasText: 'Agent:' }).getByRole('link').first();

/** Pages that show calls on the line come first: campaigns end. */
const shotsOf = (day: Day, sid: string): Shot[] => [
  { name: 'live', path: '/live' },
  { name: 'live-rows', path: '/live?shape=rows' },
  {
    name: 'live-call',
    path: '/live',
    prepare: async page => {
      await opened(page).click();
      await page.getByRole('log').first().waitFor();
    },
  },
  { name: 'campaign', path: `/campaigns/${day.campaigns.running}` },
  { name: 'campaign-queue', path: `/campaigns/${day.campaigns.running}?tab=queue` },
  { name: 'campaign-calls', path: `/campaigns/${day.campaigns.running}?tab=calls` },
  { name: 'campaign-log', path: `/campaigns/${day.campaigns.running}?tab=log` },
  { name: 'campaign-rules', path: `/campaigns/${day.campaigns.running}?tab=rules` },
  { name: 'overview', path: '/' },
  { name: 'campaigns', path: '/campaigns' },
  { name: 'calls', path: '/calls' },
  { name: 'call', path: `/calls/${sid}` },
  { name: 'call-allowed', path: `/calls/${sid}?tab=allowed` },
  { name: 'campaign-finished', path: `/campaigns/${day.campaigns.finished}` },
  ...['who', 'what', 'agent', 'when', 'how', 'check', 'forecast', 'start'].map(step => ({
    name: `wizard-${step}`,
    path: `/campaigns/new?id=${day.campaigns.waiting}&step=${step}`,
  })),
  { name: 'contacts', path: '/contacts' },
  { name: 'person', path: `/contacts/${day.contactId}` },
  { name: 'lists', path: '/contacts/lists' },
  { name: 'imports', path: '/contacts/imports' },
  { name: 'import', path: `/contacts/imports/${day.importId}` },
  { name: 'new-import', path: '/contacts/import' },
  { name: 'suppressions', path: '/suppressions' },
  { name: 'account', path: '/settings/account' },
  { name: 'agents', path: '/settings/agents' },
  { name: 'agent', path: `/settings/agents/${day.agentId}` },
  { name: 'new-agent', path: '/settings/agents/new' },
  { name: 'numbers', path: '/settings/numbers' },
  { name: 'users', path: '/settings/users' },
  { name: 'api-keys', path: '/settings/api-keys' },
  { name: 'webhooks', path: '/settings/webhooks' },
  { name: 'webhook', path: `/settings/webhooks/${day.hookId}` },
  { name: 'retention', path: '/settings/retention' },
  { name: 'audit', path: '/settings/audit' },
  { name: 'operations', path: '/operations' },
  { name: 'calling', path: '/operations/calling' },
  { name: 'jobs', path: '/operations/jobs' },
  { name: 'receipts', path: '/operations/receipts' },
  { name: 'sessions', path: '/operations/sessions' },
  { name: 'sandbox', path: '/sandbox' },
  { name: 'nowhere', path: '/nowhere' },
];

/** Which pictures README.md shows, and how. */
const shown: Record<string, Look> = {
  'live-call': 'readme-dark',
  campaign: 'readme-light',
  overview: 'readme-light',
  call: 'readme-light',
  'wizard-forecast': 'readme-light',
};

const failures: string[] = [];
const dataDir = await mkdtemp(join(tmpdir(), 'parley-pictures-of-'));
const folder = named ? resolve(named) : await mkdtemp(join(tmpdir(), 'parley-pictures-'));
await mkdir(folder, { recursive: true });
const product = await startProduct(dataDir);
try {
  const day = await makeDay(product, dataDir, say);
  const camera = await startCamera(product);
  try {
    say(`${seconds} s of calls`);
    await new Promise(over => setTimeout(over, seconds * 1_000));
    const sid = await talkativeCall();
    for (const shot of shotsOf(day, sid)) {
      if (forReadme) {
        const look = shown[shot.name];
        if (look) await takeForReadme(shot, look);
        continue;
      }
      // One page that fails is no reason to have no picture of the others.
      for (const look of ['light', 'dark', 'phone'] as const)
        await camera.take(shot, look, fileOf(folder, shot.name, look)).catch((error: Error) => {
          failures.push(`${shot.name} (${look}): ${error.message.split('\n')[0]}`);
        });
      say(shot.name);
    }

    async function takeForReadme(shot: Shot, look: Look): Promise<void> {
      const file = fileOf(folder, shot.name, look);
      await camera.take(shot, look, file, false);
      const into = join(root, 'docs/images', `dashboard-${shot.name}-${look.replace('readme-', '')}.png`);
      await copyFile(file, into);
      say(`${into.slice(root.length + 1)}: ${Math.round((await stat(into)).size / 1_000)} kB`);
    }
  } finally {
    await camera.close();
  }
  say(`pictures are in ${folder}`);
  const complaints = [...failures, ...camera.complaints];
  for (const complaint of complaints) say(`  ${complaint}`);
  process.exitCode = complaints.length > 0 ? 1 : 0;
} finally {
  await product.close();
  await rm(dataDir, { recursive: true, force: true });
}

/** A call that has ended, in which much was said and whose recording has come. */
async function talkativeCall(): Promise<string> {
  let best: { sid: string; durationSeconds: number } | undefined;
  await until(
    async () => {
      const { items } = await product.ask('GET', '/api/calls?limit=100&outcome=conversation');
      const stored = (items as { sid: string; recording: string; durationSeconds: number; terminationSource: string }[])
        // Ended by the agent, which had said all it was to say.
        .filter(({ recording, terminationSource }) => recording === 'stored' && terminationSource === 'elevenlabs');
      best = stored.sort((one, other) => other.durationSeconds - one.durationSeconds)[0];
      return best !== undefined;
    },
    'a call with its recording',
    120,
  );
  return best!.sid;
}

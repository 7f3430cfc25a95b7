import { browserTest, signIn, startDashboard } from './helpers/dashboard.ts';

browserTest('whoever may not use the sandbox does not see it', async (t, dashboard) => {
  const page = await dashboard.visitAs(await dashboard.addUser('supervisor'), '/');
  await page.getByRole('link', { name: 'Overview' }).waitFor();
  t.equal(await page.getByRole('link', { name: 'Sandbox' }).count(), 0);
  await page.goto(`${dashboard.url}/sandbox`);
  await page.getByRole('heading', { name: 'You cannot open Sandbox' }).waitFor();
});

browserTest('with a real agent the carrier’s part is there, with real vendors nothing', async (t, dashboard) => {
  const agentOnly = { ELEVENLABS_API_KEY: 'invented-key', ELEVENLABS_API_BASE_URL: 'http://127.0.0.1:9' }; // allow-secret: invented
  const half = await startDashboard(t, { env: agentOnly });
  const page = await dashboard.visit('/');
  await page.goto(`${half.url}/sandbox`);
  await signIn(page, half.admin);
  await page.getByRole('heading', { name: 'Browser phone' }).waitFor();
  await page.getByText('The agent is real and costs money.').waitFor();
  t.equal(await page.getByRole('heading', { name: 'Conversations at the agent' }).count(), 0);
  t.equal(await page.getByText(/understands only the people of the sandbox/).count(), 0);

  const real = await startDashboard(t, {
    env: {
      ...agentOnly,
      TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
      TWILIO_AUTH_TOKEN: 'f'.repeat(32),
      TWILIO_API_BASE_URL: 'http://127.0.0.1:9',
      SERVER_URL: 'https://calls.example.com',
    },
  });
  await page.goto(`${real.url}/sandbox`);
  await signIn(page, real.admin);
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  t.equal(await page.getByRole('link', { name: 'Sandbox' }).count(), 0);
});

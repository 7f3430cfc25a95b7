// The whole application as it runs in production, with a carrier that nobody asks anything: server.ts STORE_URI DATA_DIR
import { buildApp } from '../../../src/app.ts';
import { loadConfig, secretValues } from '../../../src/config.ts';
import { createLogging } from '../../../src/ops/logger.ts';
import { accountSid, authToken, publicOrigin } from './callback.ts';
import { watchHalts } from './halts.ts';

const [storeUri, dataDir] = process.argv.slice(2) as [string, string];
const config = loadConfig(
  {
    DATA_DIR: dataDir,
    MONGODB_URI: storeUri,
    SERVER_URL: publicOrigin,
    COMPANY_NAME: 'Northwind Dental',
    ADMIN_EMAIL: 'bench@parley.example',
    ADMIN_PASSWORD: 'not a secret but long enough', // allow-secret: invented
    TWILIO_ACCOUNT_SID: accountSid,
    TWILIO_AUTH_TOKEN: authToken,
    TWILIO_PHONE_NUMBER: '+12125550100',
    TWILIO_API_BASE_URL: 'http://127.0.0.1:9',
    ELEVENLABS_API_KEY: 'sk_invented_for_benches', // allow-secret: invented
    ELEVENLABS_API_BASE_URL: 'http://127.0.0.1:9',
  },
  () => '',
);
const app = await buildApp({
  config,
  // As in production: one line for each request, written to stdout at once. Whoever starts this decides where that leads.
  logging: createLogging({ level: config.LOG_LEVEL, secrets: secretValues(config) }),
  version: '0.0.0-bench',
  dashboardRoot: `${dataDir}/no-dashboard`,
});
const address = await app.listen({ host: '127.0.0.1', port: 0 });

const halts = process.argv.includes('--halts') ? watchHalts() : () => [];
process.on('message', async command => {
  if (command === 'stop') {
    await app.close();
    // A profile is written only by a process that ends by itself.
    process.exit();
  }
  process.send?.({
    result: {
      cpu: process.cpuUsage(),
      rss: process.memoryUsage.rss(),
      halts: halts(),
    },
  });
});
process.on('disconnect', () => process.exit());
process.send?.({ result: Number(new URL(address).port) });

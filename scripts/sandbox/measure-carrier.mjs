// What a simulated call costs the carrier twin:  node --import=tsx scripts/sandbox/measure-carrier.mjs [CALLS] [SECONDS]
// Calls are joined with a bridge in another process that sends every frame straight back; CPU is that of the twin alone.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';

const [calls = 500, seconds = 10] = process.argv.slice(2, 4).map(Number);

async function echoBridge() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  let frames = 0;
  process.on('message', () => process.send(frames));
  server.on('connection', socket => {
    let streamSid = '';
    socket.on('message', data => {
      const text = data.toString('latin1');
      if (text.startsWith('{"event":"start"')) streamSid = JSON.parse(text).streamSid;
      else if (text.startsWith('{"event":"media"')) {
        frames += 1;
        const at = text.indexOf('"payload":"') + 11;
        const payload = text.slice(at, text.indexOf('"', at));
        socket.send(`{"event":"media","streamSid":"${streamSid}","media":{"payload":"${payload}"}}`);
      }
    });
  });
  await once(server, 'listening');
  process.send(server.address().port);
}

async function measure() {
  const { startCarrierTwin } = await import('../../src/sandbox/carrier/carrier-twin.ts');
  const bridge = fork(fileURLToPath(import.meta.url), { env: { ...process.env, ECHO_BRIDGE: '1' } });
  const [port] = await once(bridge, 'message');
  const twin = await startCarrierTwin({ callsPerSecond: 1_000, recognise: false });
  const before = process.memoryUsage().rss;
  const headers = { authorization: `Basic ${Buffer.from(`${twin.accountSid}:${twin.authToken}`).toString('base64')}` };
  const Twiml = `<Response><Connect><Stream url="ws://127.0.0.1:${port}/media"/></Connect></Response>`;
  let last = '';
  for (let index = 0; index < calls; index += 1) {
    const body = new URLSearchParams({ To: `+1248${2_000_000 + index}`, From: twin.phoneNumber, Twiml });
    const url = `${twin.baseUrl}/2010-04-01/Accounts/${twin.accountSid}/Calls.json`;
    last = (await (await fetch(url, { method: 'POST', headers, body })).json()).sid;
  }
  await twin.control.reached(last, 'in-progress');
  const framesSoFar = async () => {
    bridge.send('count');
    return (await once(bridge, 'message'))[0];
  };
  const framesBefore = await framesSoFar();
  const cpu = process.cpuUsage();
  const from = performance.now();
  await new Promise(resolve => setTimeout(resolve, seconds * 1_000));
  const { user, system } = process.cpuUsage(cpu);
  const elapsedMs = performance.now() - from;
  const frames = (await framesSoFar()) - framesBefore;
  const share = (user + system) / 1_000 / elapsedMs;
  console.log(`${calls} calls, 20 ms frames both ways, for ${(elapsedMs / 1_000).toFixed(1)} s`);
  const perFrame = ((user + system) / (2 * frames)).toFixed(1);
  console.log(`processor      ${(share * 100).toFixed(0)} % of a core, ${perFrame} µs per frame`);
  // Below 100 % the machine was too busy for so many calls.
  console.log(`kept pace      ${((frames * 2_000) / calls / elapsedMs).toFixed(1)} % of the frames that were due`);
  console.log(`memory         ${((process.memoryUsage().rss - before) / calls / 1_024).toFixed(0)} KiB per call`);
  console.log(`violations     ${twin.violations.length}`);
  await twin.close();
  bridge.kill();
}

await (process.env.ECHO_BRIDGE ? echoBridge() : measure());

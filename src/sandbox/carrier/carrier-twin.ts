import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createFingerprintIndex } from '../audio/fingerprint.ts';
import { createTwinClock, type TwinClock } from '../clock.ts';
import { createLoadDesk } from '../load/load-desk.ts';
import { loadScenario, type Scenario } from '../scenarios/scenario.ts';
import { createTicker } from '../ticker.ts';
import { registerAccountRoutes } from './account.routes.ts';
import { createBackgroundWork } from './background-work.ts';
import { createCallBook } from './call-book.ts';
import { createCallQueue } from './call-queue.ts';
import { registerCallRoutes } from './calls.routes.ts';
import type { CarrierCore } from './carrier-core.ts';
import { createCasting } from './casting.ts';
import { registerControlRoutes } from './control.routes.ts';
import { type CarrierControl, createCarrierControl } from './control.ts';
import type { DeliverLookup, DeliverMap } from './deliver-map.ts';
import { createFaultBoard } from './fault-board.ts';
import { createNumberBook } from './number-book.ts';
import { createPersonOnLine } from './person-on-line.ts';
import { createPhoneDesk } from './phone-desk.ts';
import { createRecordingBook } from './recording-book.ts';
import { registerRecordingRoutes } from './recordings.routes.ts';
import { createRestServer } from './rest-server.ts';
import { runInstructions } from './run-document.ts';
import { createStranger } from './stranger.ts';
import { registerStreamRoutes } from './streams.routes.ts';
import { createTwinLedger, type Violation } from './twin-ledger.ts';
import { createWebhookSender } from './webhook-sender.ts';

export interface CarrierTwinOptions {
  port?: number;
  host?: string;
  accountSid?: string;
  authToken?: string;
  /** The account's first number. */
  phoneNumber?: string;
  /** From the product's public origin to the local address behind it. */
  deliver?: DeliverMap | DeliverLookup;
  /** A scenario, or the path of a scenario file; the demo without one. */
  scenario?: Scenario | string;
  clock?: TwinClock;
  /** New calls dialled per second; the rest waits in the queue. */
  callsPerSecond?: number;
  /** Off, no audio is recognised: a load test has better uses for the processor. */
  recognise?: boolean;
  onViolation?: (violation: Violation) => void;
}

export interface CarrierTwin {
  /** The address to use in place of `https://api.twilio.com`. */
  readonly baseUrl: string;
  readonly accountSid: string;
  readonly authToken: string;
  /** A bearer key for `/twin`, and nothing else: whoever steers the network need not be able to sign in its name. */
  readonly controlKey: string;
  readonly phoneNumber: string;
  readonly control: CarrierControl;
  readonly violations: readonly Violation[];
  close(): Promise<void>;
}

export const defaultAccount = {
  accountSid: `AC${'5a'.repeat(16)}`,
  authToken: '7b'.repeat(16),
  phoneNumber: '+12125550100',
} as const;

/** Starts a carrier of our own that speaks Twilio's protocols: REST, webhooks and media streams, over real sockets. */
export async function startCarrierTwin(options: CarrierTwinOptions = {}): Promise<CarrierTwin> {
  const { accountSid, authToken, phoneNumber } = { ...defaultAccount, ...accountOf(options) };
  const { deliver: given = {} } = options;
  const deliver = typeof given === 'function' ? given : () => given;
  const scenario = typeof options.scenario === 'object' ? options.scenario : loadScenario(options.scenario);
  const clock = options.clock ?? createTwinClock();
  const ticker = createTicker(clock);
  const ledger = createTwinLedger(() => clock.now(), options.onViolation);
  const calls = createCallBook();
  const faults = createFaultBoard(sid => calls.get(sid)?.to);
  const background = createBackgroundWork();
  const webhooks = createWebhookSender({ authToken, deliver, ledger, faults, background, clock });
  const controlKey = randomBytes(24).toString('hex');
  let baseUrl = '';
  const recordings = createRecordingBook({ clock, webhooks, accountSid, background, baseUrl: () => baseUrl });
  const phones = createPhoneDesk();
  const loads = createLoadDesk();
  const core: CarrierCore = {
    accountSid,
    authToken,
    controlKey,
    clock,
    ticker,
    ledger,
    faults,
    background,
    webhooks,
    deliver,
    scenario,
    calls,
    recordings,
    casting: createCasting(scenario, createStranger(scenario.clips)),
    fingerprints: options.recognise === false ? undefined : createFingerprintIndex(scenario.clips.clips),
    runInstructions,
    partyFor: (live, actions) =>
      loads.partyOf(live) ?? phones.partyOf(live.person, actions) ?? createPersonOnLine(live.person, actions),
    ringAt: ({ person, call }) => phones.handsetOf(person)?.rings?.({ sid: call.sid, from: call.from, to: call.to }),
  };
  const numbers = createNumberBook(
    [
      { phone: phoneNumber, label: 'First number' },
      ...(scenario.numbers ?? []).map(each => ({ phone: each.number, label: each.label })),
    ],
    clock.now(),
  );
  const { app, context } = createRestServer(core);
  registerCallRoutes(app, context, numbers, createCallQueue(options.callsPerSecond ?? 1));
  registerRecordingRoutes(app, context, () => baseUrl);
  registerAccountRoutes(app, context, numbers);
  registerStreamRoutes(app, context);
  const control = createCarrierControl(core, numbers, phones, loads);
  registerControlRoutes(app, control);
  await app.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
  baseUrl = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;

  return {
    baseUrl,
    accountSid,
    authToken,
    controlKey,
    phoneNumber,
    control,
    violations: ledger.violations,
    async close() {
      loads.close();
      for (const live of [...calls.live.values()]) live.drop();
      webhooks.close();
      ticker.close();
      await app.close();
      recordings.close();
    },
  };
}

const accountOf = ({ accountSid, authToken, phoneNumber }: CarrierTwinOptions) => ({
  ...(accountSid ? { accountSid } : {}),
  ...(authToken ? { authToken } : {}),
  ...(phoneNumber ? { phoneNumber } : {}),
});

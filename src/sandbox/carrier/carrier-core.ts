import type { FingerprintIndex } from '../audio/fingerprint.ts';
import type { TwinClock } from '../clock.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { Ticker } from '../ticker.ts';
import type { BackgroundWork } from './background-work.ts';
import type { CallBook } from './call-book.ts';
import type { Instructions } from './call-order.ts';
import type { Casting } from './casting.ts';
import type { DeliverLookup } from './deliver-map.ts';
import type { FaultBoard } from './fault-board.ts';
import type { LiveCall } from './live-call.ts';
import type { LineParty, LinePartyActions } from './person-on-line.ts';
import type { RecordingBook } from './recording-book.ts';
import type { TwinLedger } from './twin-ledger.ts';
import type { Fields, WebhookSender } from './webhook-sender.ts';

/** Makes the party that answers; the console's browser phone brings one of its own. */
export type PartyFactory = (live: LiveCall, actions: LinePartyActions) => LineParty;

export type DocumentRunner = (
  live: LiveCall,
  instructions: Instructions,
  extra: Fields,
  signal: AbortSignal,
) => Promise<'done' | 'failed'>;

/** What all calls of one twin share. */
export interface CarrierCore {
  readonly accountSid: string;
  readonly authToken: string;
  /** Opens the control API, and nothing else. */
  readonly controlKey: string;
  readonly clock: TwinClock;
  readonly ticker: Ticker;
  readonly ledger: TwinLedger;
  readonly faults: FaultBoard;
  readonly background: BackgroundWork;
  readonly webhooks: WebhookSender;
  readonly deliver: DeliverLookup;
  readonly casting: Casting;
  readonly scenario: Scenario;
  readonly calls: CallBook;
  readonly recordings: RecordingBook;
  /** Undefined when the audio is not to be recognised, which a load test saves. */
  readonly fingerprints: FingerprintIndex | undefined;
  readonly partyFor: PartyFactory;
  /** Rings at the handset of whoever is called, if they hold one; resolves with what they do. */
  readonly ringAt: (live: LiveCall) => Promise<'answer' | 'decline'> | undefined;
  /** Carries out TwiML; handed in, because documents place calls and calls run documents. */
  readonly runInstructions: DocumentRunner;
}

import type { FingerprintIndex } from '../audio/fingerprint.ts';
import type { TwinClock } from '../clock.ts';
import type { Person, Scenario } from '../scenarios/scenario.ts';
import type { Ticker } from '../ticker.ts';
import type { CallBook } from './call-book.ts';
import type { Casting } from './casting.ts';
import type { DeliverMap } from './deliver-map.ts';
import type { FaultBoard } from './fault-board.ts';
import type { LineParty, LinePartyActions } from './person-on-line.ts';
import type { RecordingBook } from './recording-book.ts';
import type { TwinLedger } from './twin-ledger.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** Makes the party that answers; the console's browser phone brings one of its own. */
export type PartyFactory = (person: Person, actions: LinePartyActions) => LineParty;

/** What all calls of one twin share. */
export interface CarrierCore {
  readonly accountSid: string;
  readonly authToken: string;
  readonly clock: TwinClock;
  readonly ticker: Ticker;
  readonly ledger: TwinLedger;
  readonly faults: FaultBoard;
  readonly webhooks: WebhookSender;
  readonly deliver: DeliverMap;
  readonly casting: Casting;
  readonly scenario: Scenario;
  readonly calls: CallBook;
  readonly recordings: RecordingBook;
  /** Undefined when the audio is not to be recognised, which a load test saves. */
  readonly fingerprints: FingerprintIndex | undefined;
  readonly partyFor: PartyFactory;
}

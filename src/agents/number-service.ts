import { Types } from 'mongoose';
import { AppError } from '../errors.ts';
import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import type { Carrier, CarrierNumber, NumberAddresses } from '../telephony/carrier-contract.ts';
import { within } from '../within.ts';
import type { NumberChange, NumberFinding, NumberRepository, OwnNumber } from './number-repository.ts';
import { judgeNumber, sameAddresses } from './number-state.ts';
import { hoursProblem } from './opening-hours.ts';

export interface NumberServiceOptions {
  readonly repository: NumberRepository;
  readonly carrier: Pick<Carrier, 'numbers' | 'verifiedCallerIds' | 'connectNumber'>;
  /** The number calls come from by default; ours whatever the carrier lists. */
  readonly ownPhone: string | undefined;
  /** Where numbers have to point; null while our own address is not known yet. */
  readonly addresses: () => NumberAddresses | null;
  /** Rejects when there is no such agent. */
  readonly checkAgent: (id: string) => Promise<unknown>;
  readonly logger: Logger;
  readonly now: () => Date;
}

export interface SyncReport {
  readonly owned: number;
  readonly verified: number;
  /** Known to us and no longer to the carrier. */
  readonly gone: number;
  /** Pointed elsewhere by somebody since we connected them, or otherwise not reaching us although they should. */
  readonly notReachingUs: number;
}

export interface Connection {
  readonly number: Stored<OwnNumber>;
  readonly before: NumberAddresses;
  readonly after: NumberAddresses;
  readonly changed: boolean;
}

export interface NumberService {
  /** Reads the carrier's numbers into our records; several callers at once share one reading. */
  sync(): Promise<SyncReport>;
  /** The same, unless this process did so within `ms`; gives up waiting after `patienceMs`, and never rejects. */
  refresh(ms: number, patienceMs: number): Promise<void>;
  /** Writes a record of the number of the first start. */
  ensureOwnNumber(): Promise<void>;
  /** Lets this agent answer the number of the first start, unless somebody has decided about that already. */
  giveDefaultAgent(agentId: string): Promise<void>;
  /** Throws `NUMBER_NOT_FOUND`. */
  get(id: string): Promise<Stored<OwnNumber>>;
  change(id: string, change: NumberChange & { readonly agentId?: Types.ObjectId | null }): Promise<Stored<OwnNumber>>;
  /** Points a number's addresses at us; a dry run only says what would change. */
  connect(id: string, dryRun: boolean): Promise<Connection>;
  /** Connects every owned number that points elsewhere; for the sandbox, whose numbers nobody else uses. */
  connectAll(): Promise<void>;
}

const emptyAddresses: NumberAddresses = { voiceUrl: '', fallbackUrl: '', statusCallback: '' };
/** A record that says what it said before is written again this seldom. */
const rewriteAfterMs = 10 * 60_000;

/** Our telephone numbers: what the carrier says of them, and what people decide about them. */
export function createNumberService(options: NumberServiceOptions): NumberService {
  const { repository, carrier, ownPhone, addresses, logger, now } = options;
  let running: Promise<SyncReport> | undefined;
  let lastSync = Number.NEGATIVE_INFINITY;

  const findingOf = (number: CarrierNumber, record: Stored<OwnNumber>): NumberFinding => {
    const at = addressesOf(number);
    const wanted = addresses();
    const answered = record.agentId !== null || record.text !== null;
    const { obstacle } = number;
    const verdict = wanted
      ? judgeNumber({ at, obstacle, wanted, pointedAt: record.pointedAt, answered })
      : { connected: record.connected, problem: record.problem };
    return { sid: number.sid, source: 'owned', addresses: at, ...verdict };
  };

  const write = async (record: Stored<OwnNumber>, at: Date, finding: NumberFinding): Promise<void> => {
    const fresh = at.getTime() - (record.syncedAt?.getTime() ?? 0) < rewriteAfterMs;
    if (fresh && sameFinding(record, finding)) return;
    if (finding.problem !== null && finding.problem !== record.problem) {
      logger.warn({ numberId: record._id.toHexString(), problem: finding.problem }, 'a number has a problem');
    }
    await repository.recordFinding(record, at, finding);
  };

  /** Whoever sees the number of the first start first, the start itself or a look at the carrier, it waits for its agent. */
  const ensure = (phone: string, label: string): Promise<Stored<OwnNumber>> =>
    repository.ensure(
      phone,
      phone === ownPhone ? { label: 'Main number', awaitsAgent: true } : { label: label.slice(0, 120) },
    );

  async function readCarrier(): Promise<SyncReport> {
    const at = now();
    const [owned, verified] = await Promise.all([carrier.numbers(), carrier.verifiedCallerIds()]);
    const seen = new Set<string>();
    let notReachingUs = 0;
    for (const number of owned) {
      if (!isPhone(number.phone) || seen.has(number.phone)) continue;
      seen.add(number.phone);
      const record = await ensure(number.phone, number.label);
      const finding = findingOf(number, record);
      if (finding.problem !== null) notReachingUs += 1;
      await write(record, at, finding);
    }
    const ownedCount = seen.size;
    for (const { phone, label } of verified) {
      if (!isPhone(phone) || seen.has(phone)) continue;
      seen.add(phone);
      const record = await ensure(phone, label);
      await write(record, at, { sid: null, source: 'verified', addresses: null, connected: false, problem: null });
    }
    let gone = 0;
    for await (const record of repository.everyNumber()) {
      if (seen.has(record.phone)) continue;
      gone += 1;
      const problem = 'The carrier does not list it among the numbers of the account any more.';
      await write(record, at, { sid: null, source: 'gone', addresses: null, connected: false, problem });
    }
    lastSync = now().getTime();
    return { owned: ownedCount, verified: seen.size - ownedCount, gone, notReachingUs };
  }

  const sync = (): Promise<SyncReport> => {
    running ??= readCarrier().finally(() => {
      running = undefined;
    });
    return running;
  };

  const known = async (id: string): Promise<Stored<OwnNumber>> => {
    const record = await repository.findById(id);
    if (!record) throw new AppError('NUMBER_NOT_FOUND', 'There is no number with this id.');
    return record;
  };

  const point = async (record: Stored<OwnNumber>, sid: string, wanted: NumberAddresses): Promise<Stored<OwnNumber>> => {
    const answer = await carrier.connectNumber(sid, wanted);
    const finding = findingOf(answer, { ...record, pointedAt: wanted });
    return repository.recordConnection(record, now(), wanted, finding);
  };

  return {
    sync,
    async refresh(ms, patienceMs) {
      if (now().getTime() - lastSync < ms) return;
      const read = () =>
        sync().then(
          () => undefined,
          (error: unknown) => logger.warn({ err: error }, 'the numbers could not be read from the carrier'),
        );
      await within(patienceMs, read, () => undefined);
    },
    async ensureOwnNumber() {
      if (ownPhone !== undefined) await ensure(ownPhone, '');
    },
    async giveDefaultAgent(agentId) {
      if (ownPhone !== undefined) await repository.giveAgent(ownPhone, new Types.ObjectId(agentId));
    },
    get: known,
    async change(id, change) {
      await known(id);
      const wrong = change.hours ? hoursProblem(change.hours) : null;
      if (wrong) {
        const { field, problem } = wrong;
        throw new AppError('VALIDATION_FAILED', `${field}: ${problem}`, { details: [wrong] });
      }
      if (change.agentId) await options.checkAgent(change.agentId.toHexString());
      return repository.decide(id, change);
    },
    async connect(id, dryRun) {
      const record = await known(id);
      const number = (await carrier.numbers()).find(({ phone }) => phone === record.phone);
      if (!number) {
        throw new AppError(
          'NUMBER_NOT_OWNED',
          'Only a number that the account of the carrier owns can be connected; this one it does not list.',
        );
      }
      const wanted = addresses();
      if (!wanted) throw new AppError('INTERNAL', 'the address of this server is not known yet');
      const before = addressesOf(number);
      const changed = number.obstacle !== null || !sameAddresses(before, wanted);
      if (dryRun) return { number: record, before, after: wanted, changed };
      // Also when nothing changes: from now on, whoever changes it is somebody else.
      return { number: await point(record, number.sid, wanted), before, after: wanted, changed };
    },
    async connectAll() {
      const wanted = addresses();
      if (!wanted) return;
      for (const number of await carrier.numbers()) {
        if (number.obstacle === null && sameAddresses(addressesOf(number), wanted)) continue;
        await point(await repository.ensure(number.phone, { label: number.label.slice(0, 120) }), number.sid, wanted);
      }
    },
  };
}

const isPhone = (phone: string): boolean => /^\+[1-9]\d{6,14}$/.test(phone);

const addressesOf = ({ voiceUrl, fallbackUrl, statusCallback }: NumberAddresses): NumberAddresses => ({
  voiceUrl,
  fallbackUrl,
  statusCallback,
});

const sameFinding = (record: OwnNumber, finding: NumberFinding): boolean =>
  record.sid === finding.sid &&
  record.source === finding.source &&
  record.connected === finding.connected &&
  record.problem === finding.problem &&
  sameAddresses(record.addresses ?? emptyAddresses, finding.addresses ?? emptyAddresses);

import type { Logger } from '../ops/logger.ts';
import type { Stored } from '../store/schema.ts';
import type { NumberDirectory } from './agents.types.ts';
import type { NumberRepository, OwnNumber } from './number-repository.ts';
import type { NumberService } from './number-service.ts';
import { isOpen } from './opening-hours.ts';

export interface NumberDirectoryOptions {
  readonly repository: Pick<NumberRepository, 'findByPhone' | 'everyNumber' | 'newest' | 'noteCaller'>;
  readonly service: Pick<NumberService, 'refresh'>;
  readonly ownPhone: string | undefined;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** A number nobody told us about may have been bought a moment ago; the carrier is asked about it at most this often. */
const askAgainMs = 60_000;
/** A caller waits, or somebody who places a call. */
const patienceMs = 2_000;

/** What other features ask about our numbers. Reads the store; the carrier is asked only about numbers that are not in it. */
export function createNumberDirectory(options: NumberDirectoryOptions): NumberDirectory {
  const { repository, service, ownPhone, logger, now } = options;
  /** Numbers that the carrier refused as caller id when they were last looked at. */
  const refused = new Set<string>();

  const find = async (phone: string): Promise<Stored<OwnNumber> | null> => {
    const record = await repository.findByPhone(phone);
    if (record && record.source !== 'gone') return record;
    await service.refresh(askAgainMs, patienceMs);
    return repository.findByPhone(phone);
  };
  // The configuration is believed: the carrier itself refuses a caller id that is not allowed.
  const isOurs = ({ phone, source }: OwnNumber) => phone === ownPhone || source === 'owned' || source === 'verified';

  return {
    async answering(phone) {
      const record = await find(phone);
      // A verified caller id belongs to somebody else: calls to it never come here.
      if (!record || !isOurs(record) || record.source === 'verified') return null;
      const { label, agentId, text, hours } = record;
      const closed = hours ? !isOpen(hours, now()) : false;
      return { phone, label, agentId: agentId?.toHexString() ?? null, text, closed };
    },
    async mayCallFrom(phone) {
      const record = phone === ownPhone ? await repository.findByPhone(phone) : await find(phone);
      if (!record) return phone === ownPhone;
      if (record.callerProblem) refused.add(phone);
      return isOurs(record) && record.callerId;
    },
    async usedAsCallerId(phone, problem) {
      // Nearly every call is let through: what was seen of the number before the call spares a write for each.
      if (problem === null && !refused.delete(phone)) return;
      if (problem !== null) refused.add(phone);
      try {
        await repository.noteCaller(phone, problem, now());
        if (problem !== null) logger.warn({ problem }, 'the carrier refuses a number of ours as caller id');
      } catch (err) {
        if (problem === null) refused.add(phone);
        logger.warn({ err }, 'what the carrier says of a caller id could not be noted');
      }
    },
    async troubled() {
      return (await repository.newest())
        .filter(({ problem, callerProblem }) => problem !== null || callerProblem !== null)
        .map(({ _id, phone, source, agentId, text, ...record }) => ({
          id: _id.toHexString(),
          phone,
          gone: source === 'gone',
          answered: agentId !== null || text !== null,
          problem: record.problem,
          problemSince: record.problemSince ?? null,
          callerProblem: record.callerProblem,
          callerProblemSince: record.callerProblemSince ?? null,
        }));
    },
    async defaultCallerId() {
      if (ownPhone !== undefined && (await repository.findByPhone(ownPhone))?.callerId !== false) return ownPhone;
      for await (const record of repository.everyNumber()) {
        if (isOurs(record) && record.callerId) return record.phone;
      }
      return null;
    },
  };
}

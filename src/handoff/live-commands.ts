import type { Asker, Calls, HeldCall } from '../calls/calls.types.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../ops/logger.ts';
import type { CallHolder } from './call-holder.ts';
import type { CommandAsker, LiveCommands } from './handoff.types.ts';
import type { HandoffCommand, HandoffMetrics } from './handoff-metrics.ts';

/** A command as the audit log keeps it: who and on which call, never what was said. */
interface CommandEntry {
  readonly at: Date;
  readonly action: string;
  readonly actor: Asker;
  readonly target: { readonly type: string; readonly id: string };
  readonly after?: Record<string, unknown>;
  readonly ip: string;
  readonly requestId: string;
}

export interface LiveCommandOptions {
  readonly find: (name: string) => Promise<HeldCall>;
  readonly calls: Pick<Calls, 'end'>;
  /** Whether this process holds the call. */
  readonly isHere: (callId: string) => boolean;
  readonly here: CallHolder;
  /** The way to another process; null without Redis. */
  readonly elsewhere: ((processId: string) => CallHolder) | null;
  readonly processId: string;
  readonly audit: { append(entry: CommandEntry): Promise<void> };
  readonly metrics: HandoffMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
}

export const longestWhisper = 2_000;
export const longestNote = 2_000;
export const longestSummary = 1_000;

/** Finds out who holds a call, has it done there, and writes down who did it. */
export function createLiveCommands(options: LiveCommandOptions): LiveCommands {
  const { find, here, elsewhere, processId, metrics, logger } = options;

  async function live(name: string): Promise<HeldCall> {
    const call = await find(name);
    if (call.endedAt) throw new AppError('CALL_ENDED', 'This call has ended already; nothing was changed.');
    return call;
  }

  function holderOf(call: HeldCall): CallHolder {
    if (options.isHere(call.id)) return here;
    if (call.processId === null) {
      throw new AppError('CALL_CANNOT', 'Nobody has answered this call yet; until then it can only be ended.');
    }
    if (call.processId === processId) return here; // which says that it is gone
    if (elsewhere) return elsewhere(call.processId);
    throw new AppError(
      'CALL_ELSEWHERE',
      'Another process holds this call, and this one cannot reach it: set REDIS_URL for every process.',
    );
  }

  /** Runs a command, counts it, and writes down what was done. */
  async function run<T>(
    command: HandoffCommand,
    name: string,
    who: CommandAsker,
    work: (call: HeldCall) => Promise<T>,
    after: Readonly<Record<string, unknown>> = {},
  ): Promise<T> {
    try {
      const call = await live(name);
      const result = await work(call);
      metrics.commands.inc({ command, result: 'done' });
      const entry = {
        at: options.now(),
        action: `call.${command}`,
        actor: { kind: who.kind, id: who.id, label: who.label },
        target: { type: 'call', id: call.id },
        ...(Object.keys(after).length > 0 ? { after: { ...after } } : {}),
        ip: who.origin?.ip ?? '',
        requestId: who.origin?.requestId ?? '',
      };
      // It is done, and cannot be taken back because it could not be written down.
      await options.audit
        .append(entry)
        .catch(err =>
          logger.error({ err, attemptId: call.id, command, actor: who.id }, 'a command could not be audited'),
        );
      return result;
    } catch (error) {
      metrics.commands.inc({ command, result: error instanceof AppError ? error.code : 'INTERNAL' });
      throw error;
    }
  }

  return {
    listen: (name, who, listener) => run('listen', name, who, call => holderOf(call).listen(call.id, who, listener)),
    async whisper(name, who, text) {
      const words = checked('text', text, longestWhisper);
      await run('whisper', name, who, call => holderOf(call).whisper(call.id, who, words), { letters: words.length });
    },
    takeOver: (name, line) => run('takeover', name, line.who, call => holderOf(call).takeOver(call.id, line)),
    async handBack(name, who, note) {
      const words = note === undefined || note.trim() === '' ? undefined : checked('note', note, longestNote);
      await run('handback', name, who, call => holderOf(call).handBack(call.id, who, words), {
        note: words !== undefined,
      });
    },
    transfer(name, who, order) {
      const { mode, to, summary } = order;
      const words =
        summary === undefined || summary.trim() === '' ? {} : { summary: checked('summary', summary, longestSummary) };
      const wanted = { to, mode, ...words };
      return run('transfer', name, who, call => holderOf(call).transfer(call.id, who, wanted), { mode });
    },
    hangUp: (name, who) => run('hangup', name, who, call => options.calls.end(call.id, who)),
  };
}

function checked(field: string, text: string, longest: number): string {
  const words = text.trim();
  const problem =
    words === '' ? 'must not be empty' : words.length > longest ? `must have at most ${longest} characters` : null;
  if (problem) throw new AppError('VALIDATION_FAILED', `${field} ${problem}.`, { details: [{ field, problem }] });
  return words;
}

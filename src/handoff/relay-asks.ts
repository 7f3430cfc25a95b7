import { randomUUID } from 'node:crypto';
import { AppError, type ErrorCode, httpStatus } from '../errors.ts';
import type { RelayError, RelayOrder, RelayWord } from './relay-protocol.ts';

export interface RelayAsksOptions {
  readonly processId: string;
  /** Answers how many processes heard it. */
  readonly send: (to: string, word: RelayWord) => Promise<number>;
  /** Until the process that holds a call says that it has the order. */
  readonly seenMs: number;
  /** Until the order is carried out. */
  readonly doneMs: number;
}

/** Orders that other processes were given, each until its answer came or nobody waits for it any more. */
export interface RelayAsks {
  /** What the other process answered; rejects with its refusal, or `CALL_UNREACHABLE`. */
  ask(to: string, order: RelayOrder): Promise<unknown>;
  seen(id: string): void;
  done(word: Extract<RelayWord, { kind: 'answer' }>): void;
  close(): void;
}

interface Asked {
  seen(): void;
  done(word: Extract<RelayWord, { kind: 'answer' }>): void;
}

export function createRelayAsks({ processId, send, seenMs, doneMs }: RelayAsksOptions): RelayAsks {
  const asked = new Map<string, Asked>();
  const giveUpOn = (id: string) => asked.get(id)?.done({ kind: 'answer', id, error: errorOf(unreachable()) });
  return {
    async ask(to, order) {
      const id = randomUUID();
      const answer = new Promise<unknown>((resolve, reject) => {
        const giveUp = () => {
          asked.delete(id);
          reject(unreachable());
        };
        let timer = setTimeout(giveUp, seenMs);
        asked.set(id, {
          seen() {
            clearTimeout(timer);
            timer = setTimeout(giveUp, doneMs);
          },
          done({ error, result }) {
            clearTimeout(timer);
            asked.delete(id);
            if (error) reject(appError(error));
            else resolve(result);
          },
        });
      });
      // Whoever gives up first, nobody is told of it twice.
      answer.catch(() => undefined);
      const receivers = await send(to, { kind: 'ask', id, from: processId, order }).catch(() => 0);
      if (receivers === 0) giveUpOn(id);
      return answer;
    },
    seen: id => asked.get(id)?.seen(),
    done: word => asked.get(word.id)?.done(word),
    close() {
      for (const id of [...asked.keys()]) giveUpOn(id);
    },
  };
}

const unreachable = (): AppError =>
  new AppError(
    'CALL_UNREACHABLE',
    'The process that holds this call does not answer; the call itself goes on. Try again.',
  );

/** An error as it goes to the process that asked. */
export const errorOf = (error: unknown): RelayError =>
  error instanceof AppError
    ? { code: error.code, message: error.message, ...(error.details === undefined ? {} : { details: error.details }) }
    : { code: 'INTERNAL', message: 'The process that holds this call stumbled over a mistake of ours.' };

const appError = ({ code, message, details }: RelayError): AppError =>
  new AppError(Object.hasOwn(httpStatus, code) ? (code as ErrorCode) : 'INTERNAL', message, { details });

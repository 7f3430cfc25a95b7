import { createRequire } from 'node:module';
import { type DestinationStream, type Logger, type LoggerOptions as LoggerOptionsOfPino, pino } from 'pino';
import { createRedactor, type Redactor } from './redaction.ts';

export type { Logger } from 'pino';
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const satisfies readonly LogLevel[];

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Values that must never appear, wherever they come from. */
  readonly secrets?: readonly string[];
  /** Lines for people instead of JSON. */
  readonly readable?: boolean;
  /** Where lines go; stdout unless a test wants to read them. */
  readonly destination?: DestinationStream;
}

/** The process's log: one root, a child per component. A changed level reaches every logger made before and after. */
export interface Logging {
  component(name: string): Logger;
  /** Adds to the fields of each line what they imply, such as the carrier's id of the call that they name. */
  completeWith(complete: (fields: Record<string, unknown>) => Record<string, unknown>): void;
  level(): LogLevel;
  setLevel(level: LogLevel): void;
}

export function createLogging(options: LoggerOptions): Logging {
  const redactor = createRedactor(options.secrets);
  let complete = (fields: Record<string, unknown>) => fields;
  const root = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }), log: fields => redactor.fields(complete(fields)) },
      // Errors are turned into plain fields by the redactor, before serializers see them.
      serializers: { err: fields => fields },
      hooks: { logMethod: redactMessage(redactor) },
    },
    options.destination ?? (options.readable ? readableStdout() : pino.destination({ fd: 1, sync: true })),
  );
  return {
    component: name => root.child({ component: name }),
    completeWith: next => {
      complete = next;
    },
    level: () => root.level as LogLevel,
    // pino's children read the level through their parent.
    setLevel: level => {
      root.level = level;
    },
  };
}

/** Masks the sentence itself, also the one pino would take from an error; the fields beside it go through the formatter. */
function redactMessage(redactor: Redactor): NonNullable<NonNullable<LoggerOptionsOfPino['hooks']>['logMethod']> {
  return function logMethod(args, method) {
    const [first, ...rest] = args as unknown[];
    const error = errorIn(first);
    const complete = error
      ? [first === error ? { err: error } : first, ...(rest.length > 0 ? rest : [error.message])]
      : args;
    const masked = complete.map(each => (typeof each === 'string' ? redactor.text(each) : each));
    method.apply(this, masked as typeof args);
  };
}

function errorIn(first: unknown): Error | undefined {
  const candidate = first instanceof Error ? first : (first as { err?: unknown } | null | undefined)?.err;
  return candidate instanceof Error ? candidate : undefined;
}

function readableStdout(): DestinationStream {
  // Loaded here, as a server whose output is collected never needs it.
  const { prettyFactory } = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty');
  const format = prettyFactory({
    colorize: true,
    ignore: 'component,requestId',
    messageFormat: '{component} · {msg}',
    translateTime: 'SYS:HH:MM:ss.l',
  });
  return { write: line => void process.stdout.write(format(line)) };
}

import { AppError, type AppErrorOptions, type ErrorCode } from '../errors.ts';
import type { EngineError } from './engine-contract.ts';

export type EngineFault = EngineError['fault'];

const codes = {
  credentials: 'ENGINE_CREDENTIALS_REFUSED',
  credits: 'ENGINE_CREDITS_EXHAUSTED',
  agent: 'ENGINE_AGENT_REFUSED',
  full: 'ENGINE_FULL',
  unavailable: 'ENGINE_UNAVAILABLE',
} as const satisfies Record<EngineFault, ErrorCode>;

/** What an engine's vendor refused or failed at, with what to do about it in the message. */
export class EngineFailure extends AppError implements EngineError {
  readonly fault: EngineFault;
  readonly httpStatus: number | null;

  constructor(fault: EngineFault, message: string, httpStatus: number | null, options: AppErrorOptions = {}) {
    super(codes[fault], message, options);
    this.name = 'EngineFailure';
    this.fault = fault;
    this.httpStatus = httpStatus;
  }
}

/** Whether an error is one of an engine, whatever made it. */
export const isEngineError = (error: unknown): error is EngineError => error instanceof EngineFailure;

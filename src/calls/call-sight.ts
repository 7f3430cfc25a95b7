import type { FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';
import { maskedCall, withoutPeople } from './call-mask-protocol.ts';

/** Whether whoever asks may see names and numbers of people. */
export const seesPeople = ({ principal }: Pick<FastifyRequest, 'principal'>): boolean =>
  principal?.permissions.has('people:see') ?? false;

/** A call, or a part of one, as whoever asks may see it. */
export const callFor = <T extends { readonly [field: string]: unknown }>(request: FastifyRequest, call: T): T =>
  seesPeople(request) ? call : maskedCall(call);

/** The data of what happened on a call, as whoever asks may see it. */
export const dataFor = <T>(request: FastifyRequest, data: T): T =>
  seesPeople(request) ? data : (withoutPeople(data) as T);

/** Whoever may not see numbers must not find out one by asking for it, digit by digit. */
export function refuseSearchByNumber(request: FastifyRequest, number: string | undefined): void {
  if (number === undefined || seesPeople(request)) return;
  throw new AppError('FORBIDDEN', 'Finding calls by number needs the permission people:see.', {
    details: { permission: 'people:see' },
  });
}

import type { FastifyRequest } from 'fastify';
import { maskedPhone } from '../calls/call-mask-protocol.ts';
import { AppError } from '../errors.ts';

type Asking = Pick<FastifyRequest, 'principal'>;

/** Whether whoever asks may see names and numbers of people; on contacts it holds as it does on calls. */
export const seesPeople = ({ principal }: Asking): boolean => principal?.permissions.has('people:see') ?? false;

const ofPerson = ['name', 'firstName', 'lastName', 'email'] as const;

/** A contact, or some of its fields, as whoever asks may see it. */
export function contactFor<T extends { readonly [field: string]: unknown }>(request: Asking, contact: T): T {
  if (seesPeople(request)) return contact;
  const masked: Record<string, unknown> = { ...contact };
  if (typeof masked['phone'] === 'string') masked['phone'] = maskedPhone(masked['phone']);
  for (const field of ofPerson) if (field in masked) masked[field] = null;
  // Nobody knows what people keep there.
  if ('customFields' in masked) masked['customFields'] = {};
  return masked as T;
}

/** An import without the rows of its file, which are people. */
export function importFor<T extends { readonly [field: string]: unknown }>(request: Asking, shown: T): T {
  if (seesPeople(request)) return shown;
  const { firstRows: _, ...rest } = shown;
  return rest as unknown as T;
}

/** Whoever may not see people must not find them out by asking, letter by letter and digit by digit. */
export function needsPeople(request: Asking, what: string): void {
  if (seesPeople(request)) return;
  throw new AppError('FORBIDDEN', `${what} needs the permission people:see.`, {
    details: { permission: 'people:see' },
  });
}

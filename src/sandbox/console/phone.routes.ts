import { randomBytes } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { AppError } from '../../errors.ts';
import { errors, Strict, Timestamp } from '../../ops/schemas.ts';
import type { CarrierControl } from '../carrier/control.ts';
import { createPhoneBook } from './phone-book.ts';
import type { PhoneLimits } from './phone-session.ts';
import { createPhoneTickets, type PhoneHolder } from './phone-tickets.ts';

export interface PhoneRouteOptions {
  readonly control: CarrierControl;
  readonly limits?: PhoneLimits;
  readonly now?: () => number;
}

/** Where the phone's socket is opened: `phone-protocol.ts` says what is spoken over it. */
export const phoneLinePath = '/api/sandbox/phone/line';

/** The browser phone: a ticket over HTTP, then one WebSocket with audio and commands. */
export const phoneRoutes: FastifyPluginAsyncTypebox<PhoneRouteOptions> = async (
  app,
  { control, limits, now = Date.now },
) => {
  const tickets = createPhoneTickets(() => randomBytes(32).toString('base64url'));
  const phones = createPhoneBook(control, limits);
  const holders = new WeakMap<FastifyRequest, PhoneHolder>();

  app.post(
    '/api/sandbox/phone',
    {
      config: { access: 'sandbox:use', audit: 'sandbox.phone' },
      schema: {
        tags: ['sandbox'],
        summary: 'Get a ticket for a browser phone',
        description:
          `The ticket opens one WebSocket at \`${phoneLinePath}?ticket=…\` within 30 seconds. Binary messages are 20 ms of ` +
          'mu-law at 8 kHz (160 bytes) in either direction, text messages small JSON commands and events. A person has one ' +
          'phone: an idle one in another tab closes.',
        response: {
          201: Strict({ ticket: Type.String(), expiresAt: Timestamp, path: Type.String() }),
          ...errors(401, 403, 409, 503),
        },
      },
    },
    async (request, reply) => {
      const { kind, id, label } = request.principal!;
      const holder = { id: `${kind}:${id}`, label };
      phones.check(holder);
      const { ticket, expiresAt } = tickets.issue(holder, now());
      request.trail({ target: { type: 'sandbox', id: 'phone' } });
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ticket, expiresAt: new Date(expiresAt).toISOString(), path: phoneLinePath });
    },
  );

  app.get(
    phoneLinePath,
    {
      websocket: true,
      // Whoever holds a ticket asked for it with a credential a moment ago.
      config: { access: 'sender-verified' },
      preValidation: async request => {
        if (!request.ws) throw new AppError('BAD_REQUEST', 'This address takes WebSocket connections only.');
        const { ticket } = request.query as { ticket?: unknown };
        const holder = typeof ticket === 'string' ? tickets.redeem(ticket, now()) : undefined;
        if (!holder) {
          throw new AppError(
            'SANDBOX_TICKET_INVALID',
            'This ticket does not exist, was used, or is too old; get a new one.',
          );
        }
        phones.check(holder);
        holders.set(request, holder);
      },
    },
    (socket, request) => phones.open(holders.get(request)!, socket),
  );
};

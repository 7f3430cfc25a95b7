import fp from 'fastify-plugin';
import { type Contact, ContactRepository } from './contact-repository.ts';
import { suppressionRoutes } from './suppression.routes.ts';
import { SuppressionRepository } from './suppression-repository.ts';
import { createSuppressions } from './suppression-service.ts';
import type { Suppressions } from './suppressions.types.ts';

declare module 'fastify' {
  interface FastifyInstance {
    suppressions: Suppressions;
    contacts: { byPhone(phone: string): Promise<Contact | null> };
  }
}

/** Whom we know, and whom we must not call. */
export const contactsPlugin = fp(
  async app => {
    const { config, events } = app.operations;
    const repository = new SuppressionRepository(app.store);
    const service = createSuppressions({
      repository,
      settings: app.settings,
      events,
      defaultCountry: config.DEFAULT_COUNTRY,
    });
    app.decorate('suppressions', service);
    const contacts = new ContactRepository(app.store);
    app.decorate('contacts', { byPhone: phone => contacts.findByPhone(phone) });
    await app.register(suppressionRoutes, { repository, service });
  },
  { name: 'contacts', dependencies: ['store', 'auth', 'settings'] },
);

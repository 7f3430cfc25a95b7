import fp from 'fastify-plugin';
import '../calls/calls-events.ts';
import { ConsentEvidenceRepository } from './consent-evidence-repository.ts';
import { contactRoutes } from './contact.routes.ts';
import { contactListRoutes } from './contact-list.routes.ts';
import { ContactListRepository } from './contact-list-repository.ts';
import { createContactRemoval } from './contact-removal.ts';
import { ContactRepository } from './contact-repository.ts';
import { createContacts } from './contact-service.ts';
import { nameOf } from './contact-view.ts';
import type { Contacts, PeopleStanding } from './contacts.types.ts';
import { createGoogleAccount } from './google-account.ts';
import { googleImportRoutes } from './google-import.routes.ts';
import { createGoogleSheets } from './google-sheets.ts';
import { importRoutes } from './import.routes.ts';
import { sweepImportFiles } from './import-leftovers.ts';
import { ImportRepository } from './import-repository.ts';
import { createImportRunner } from './import-runner.ts';
import { createImports } from './import-service.ts';
import { RejectedRowRepository } from './rejected-row-repository.ts';
import { suppressionRoutes } from './suppression.routes.ts';
import { SuppressionRepository } from './suppression-repository.ts';
import { createSuppressions } from './suppression-service.ts';
import type { Suppressions } from './suppressions.types.ts';

declare module 'fastify' {
  interface FastifyInstance {
    suppressions: Suppressions;
    contacts: Contacts;
  }
}

export interface ContactsPluginOptions {
  /** Takes the name of a deleted person off their calls; calls are registered later. */
  readonly forgetOnCalls: (contactId: string) => Promise<unknown>;
  /** Calls and campaigns are registered later. */
  readonly standing: PeopleStanding;
  readonly now: () => Date;
}

/** Whom we know, and whom we must not call. */
export const contactsPlugin = fp<ContactsPluginOptions>(
  async (app, { forgetOnCalls, standing, now }) => {
    const { config, events, logging } = app.operations;
    const defaultCountry = config.DEFAULT_COUNTRY;
    const repository = new ContactRepository(app.store);
    const suppressions = new SuppressionRepository(app.store);
    const suppressionService = createSuppressions({
      repository: suppressions,
      settings: app.settings,
      events,
      defaultCountry,
    });
    app.decorate('suppressions', suppressionService);
    const stopListening = events.on('calls.changed', ({ call, fields }) => {
      if (!fields?.includes('erasedAt')) return;
      suppressions
        .forgetWords(call.id)
        .catch(err => logging.component('contacts').error({ err }, 'what was said at an opt-out could not be erased'));
    });
    app.addHook('onClose', async () => stopListening());
    await app.register(suppressionRoutes, {
      repository: suppressions,
      service: suppressionService,
      contactsWith: async phones =>
        new Map(
          (await repository.withPhones(phones)).map(each => [
            each.phone,
            { id: each._id.toHexString(), name: nameOf(each) },
          ]),
        ),
    });

    const lists = new ContactListRepository(app.store);
    const evidence = new ConsentEvidenceRepository(app.store);
    const removal = createContactRemoval({
      repository,
      evidence,
      forgetOnCalls,
      hashOf: suppressionService.hashOf,
      jobs: app.jobs,
      events,
      now,
    });
    const service = createContacts({ repository, lists, removal, defaultCountry, now });
    app.decorate('contacts', service);
    await app.register(contactRoutes, {
      repository,
      service,
      standing,
      evidence: {
        repository: evidence,
        hashOf: phone => suppressionService.hashOf(suppressionService.numberOf(phone)),
      },
    });
    await app.register(contactListRoutes, { lists, contacts: repository });

    const imports = new ImportRepository(app.store);
    const rejections = new RejectedRowRepository(app.store);
    const { files, jobs } = app;
    const runner = createImportRunner({
      imports,
      contacts: repository,
      rejections,
      suppressions: suppressionService,
      files,
      jobs,
      now,
    });
    sweepImportFiles({ imports, files, jobs, now });
    const importService = createImports({ imports, lists, files, runner, defaultCountry, now });
    await app.register(importRoutes, { imports, rejections, service: importService });
    const { GOOGLE_SERVICE_ACCOUNT: key, GOOGLE_TOKEN_URL: tokenUrl, GOOGLE_SHEETS_BASE_URL: baseUrl } = config;
    const sheets =
      key === undefined
        ? undefined
        : createGoogleSheets({ baseUrl, account: createGoogleAccount({ key, tokenUrl, now }) });
    await app.register(googleImportRoutes, { imports, service: importService, sheets });
  },
  { name: 'contacts', dependencies: ['store', 'auth', 'settings', 'files', 'jobs'] },
);

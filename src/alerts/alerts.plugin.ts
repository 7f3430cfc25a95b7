import fp from 'fastify-plugin';
import '../campaigns/campaigns-events.ts';
import '../ops/settings-events.ts';
import './alerts-events.ts';
import { type AlertSources, createAlertWatch } from './alert-watch.ts';
import { alertsRoutes } from './alerts.routes.ts';

export interface AlertsOptions extends Pick<AlertSources, 'campaigns' | 'numbers' | 'webhooks' | 'givenUp' | 'mixed'> {
  readonly now: () => Date;
}

/** A page of dead letters says enough: whoever reads of them goes to the list. */
const deadJobsRead = 100;

/** What only a person can mend, gathered from the whole house in one place. */
export const alertsPlugin = fp<AlertsOptions>(
  async (app, { campaigns, numbers, webhooks, givenUp, mixed, now }) => {
    const { dependencies, events, logging } = app.operations;
    const alerts = createAlertWatch({
      sources: {
        killSwitch: () => app.killSwitch.state(),
        campaigns,
        dependencies: () => dependencies.check(),
        numbers,
        webhooks,
        givenUp,
        deadJobs: async () => {
          const { items, nextCursor } = await app.jobs.list({ state: 'dead', limit: deadJobsRead });
          return { jobs: items, more: nextCursor !== null };
        },
        mixed,
      },
      logger: logging.component('alerts'),
      now,
    });
    const changed = () => {
      alerts.forget();
      events.publish('alerts.changed', {});
    };
    const stopListening = [
      events.on('campaigns.changed', ({ fields }) => {
        if (fields?.some(field => field === 'state' || field === 'cause')) changed();
      }),
      events.on('kill-switch.turned', changed),
    ];
    app.jobs.events.on('dead', changed);
    app.addHook('onClose', () => {
      for (const stop of stopListening) stop();
      app.jobs.events.off('dead', changed);
    });
    await app.register(alertsRoutes, { alerts });
  },
  { name: 'alerts', dependencies: ['store', 'auth', 'settings', 'jobs'] },
);

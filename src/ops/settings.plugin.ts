import fp from 'fastify-plugin';
import { killSwitchRoutes } from './kill-switch.routes.ts';
import { createKillSwitch, type KillSwitch } from './kill-switch.ts';
import './settings-events.ts';
import { SettingsRepository } from './settings-repository.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** What the whole installation shares and changes while running. */
    settings: SettingsRepository;
    killSwitch: KillSwitch;
  }
}

/** Settings of the installation, and the first of them: whether anybody may be called. */
export const settingsPlugin = fp<{ now: () => Date }>(
  async (app, { now }) => {
    const settings = new SettingsRepository(app.store);
    const kept = createKillSwitch(settings, now);
    const killSwitch: KillSwitch = {
      state: kept.state,
      turn: async (on, by, reason) => {
        const state = await kept.turn(on, by, reason);
        app.operations.events.publish('kill-switch.turned', { on });
        return state;
      },
    };
    app.decorate('settings', settings);
    app.decorate('killSwitch', killSwitch);
    await app.register(killSwitchRoutes, { killSwitch });
  },
  { name: 'settings', dependencies: ['store', 'auth'] },
);

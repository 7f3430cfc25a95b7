import fp from 'fastify-plugin';
import { createElevenLabsEngine, type ElevenLabsEngine } from './elevenlabs/elevenlabs-engine.ts';
import { engineHealth } from './engine-health.ts';
import { createEngineMetrics } from './engine-metrics.ts';
import { createEngines, type Engines } from './engines.ts';

declare module 'fastify' {
  interface FastifyInstance {
    engines: Engines;
    /** ElevenLabs beyond the contract: its records of conversations. */
    elevenLabs: Pick<ElevenLabsEngine, 'api'>;
  }
}

/** The engine door: every service that can make an agent speak. */
export const enginesPlugin = fp(
  async app => {
    const { dependencies, logging, metrics } = app.operations;
    const { agent } = app.farEnds;
    const log = logging.component('engines');
    const elevenLabs = createElevenLabsEngine({
      baseUrl: agent.apiBaseUrl,
      apiKey: agent.apiKey,
      metrics: createEngineMetrics(metrics),
      onError: err => log.error({ err }, 'a message of an agent session was not worked through'),
    });
    app.decorate('engines', createEngines([elevenLabs]));
    app.decorate('elevenLabs', elevenLabs);
    // The sandbox reports on its twin itself.
    if (!agent.sandbox) dependencies.register(engineHealth(elevenLabs));
    app.addHook('onClose', () => elevenLabs.close());
  },
  { name: 'engines', dependencies: ['sandbox'] },
);

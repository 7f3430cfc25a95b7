import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fp from 'fastify-plugin';

/** OpenAPI 3.1 from the route schemas, with pages to read and try it. */
export const openApi = fp<{ version: string; serverUrl: string | undefined }>(
  async (app, { version, serverUrl }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Parley',
          version,
          description:
            'AI voice agents on the telephone. Lists are paged by cursor; every error has the one shape `{ "error": { "code", "message", "details?", "requestId" } }`.',
        },
        servers: [{ url: serverUrl ?? '/' }],
        components: {
          securitySchemes: {
            bearer: {
              type: 'http',
              scheme: 'bearer',
              description: 'An access token, an API key, or the static API_KEY.',
            },
          },
        },
        security: [{ bearer: [] }],
      },
      hideUntagged: true,
    });
    await app.register(swaggerUi, {
      routePrefix: '/api/docs',
      staticCSP: true,
      uiConfig: { persistAuthorization: false, tryItOutEnabled: true },
    });
    app.get('/api/openapi.json', { config: { access: 'public' } }, async () => app.swagger());
  },
  { name: 'openapi', dependencies: ['http-base'] },
);

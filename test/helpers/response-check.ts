import ajvCompiler from '@fastify/ajv-compiler';
import type { FastifyInstance } from 'fastify';

/** Compares every JSON answer with its route's schema before it is serialised: serialising would hide what does not belong. */
export function checkResponses(app: FastifyInstance): void {
  const build = ajvCompiler();
  const compiled = new WeakMap<object, (value: unknown) => unknown>();
  let compile: ReturnType<typeof build> | undefined;

  app.addHook('preSerialization', async (request, reply, payload) => {
    const schemas = request.routeOptions.schema?.response as Record<string, object> | undefined;
    // A list cut by `fields` has less than its schema promises of whole items.
    if (!schemas || (request.query as { fields?: string } | null)?.fields) return payload;
    const schema = schemas[reply.statusCode] ?? schemas[`${Math.floor(reply.statusCode / 100)}xx`];
    const where = `${request.method} ${request.routeOptions.url} ${reply.statusCode}`;
    // Some errors can meet any route (limits, a store that is away); their shape is checked where it is declared.
    if (!schema && reply.statusCode >= 400) return payload;
    if (!schema) throw new Error(`${where} is answered but not declared`);
    let validate = compiled.get(schema);
    if (!validate) {
      compile ??= build(app.getSchemas() as Parameters<typeof build>[0], {
        customOptions: { strict: false, allErrors: true },
      });
      validate = compile({ schema, method: request.method, url: request.url, httpPart: 'body' as never }) as (
        value: unknown,
      ) => unknown;
      compiled.set(schema, validate);
    }
    const plain: unknown = JSON.parse(JSON.stringify(payload));
    if (!validate(plain))
      throw new Error(
        `${where} does not match its schema: ${JSON.stringify((validate as { errors?: unknown }).errors)}`,
      );
    return payload;
  });
}

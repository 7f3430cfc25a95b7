import ajvCompiler from '@fastify/ajv-compiler';
import type { FastifyInstance } from 'fastify';

type Validate = (value: unknown) => unknown;
/** By the text of the schema: the applications of one test file share what was compiled for the first. */
const compiled = new Map<string, Validate>();
const textOf = new WeakMap<object, string>();

/** Compares every JSON answer with its route's schema before it is serialised: serialising would hide what does not belong. */
export function checkResponses(app: FastifyInstance): void {
  const build = ajvCompiler();
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
    const text = textOf.get(schema) ?? JSON.stringify(schema);
    textOf.set(schema, text);
    let validate = compiled.get(text);
    if (!validate) {
      compile ??= build(app.getSchemas() as Parameters<typeof build>[0], {
        customOptions: { strict: false, allErrors: true },
      });
      validate = compile({ schema, method: request.method, url: request.url, httpPart: 'body' as never }) as Validate;
      compiled.set(text, validate);
    }
    const plain: unknown = JSON.parse(JSON.stringify(payload));
    if (!validate(plain))
      throw new Error(
        `${where} does not match its schema: ${JSON.stringify((validate as { errors?: unknown }).errors)}`,
      );
    return payload;
  });
}

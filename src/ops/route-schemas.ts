import ajvCompiler from '@fastify/ajv-compiler';
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import type { FastifyInstance, FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify';

/**
 * How requests are checked and answers written, by the schemas of the routes. What a schema says is made into code when it is first
 * needed: of the many hundreds only a few dozen ever are, and making them all took most of the start.
 */
export function installRouteSchemas(app: FastifyInstance): void {
  app.setValidatorCompiler(validatorsOf(app));
  app.setSerializerCompiler(serializersOf(app));
}

/**
 * Bodies mean what they say: no value is turned into another type and no unknown field is dropped, both are refused.
 * Queries, paths and headers are text by nature, so there numbers and flags are read from it.
 */
function validatorsOf(app: FastifyInstance): FastifySchemaCompiler<unknown> {
  const options = (coerceTypes: boolean) => ({
    customOptions: {
      removeAdditional: false,
      useDefaults: true,
      coerceTypes,
      allErrors: true,
      strictTypes: false,
      allowUnionTypes: true,
    },
    plugins: [],
  });
  const build = ajvCompiler();
  const compilerFor = (coerceTypes: boolean) => {
    let compile: ReturnType<typeof build> | undefined;
    return (route: Parameters<ReturnType<typeof build>>[0]) => {
      compile ??= build(app.getSchemas() as Parameters<typeof build>[0], options(coerceTypes));
      return compile(route) as Validate;
    };
  };
  const [strict, reading] = [compilerFor(false), compilerFor(true)];
  return route => {
    const compile = route.httpPart === 'body' ? strict : reading;
    let made: Validate | undefined;
    const validate: Validate = data => {
      made ??= compile(route);
      const valid = made(data);
      validate.errors = made.errors;
      return valid;
    };
    return validate as never;
  };
}

/** Reports what is wrong in `errors`, as Fastify reads it right after. */
interface Validate {
  (data: unknown): boolean;
  errors?: unknown;
}

function serializersOf(app: FastifyInstance): FastifySerializerCompiler<unknown> {
  let compile: ReturnType<ReturnType<typeof SerializerSelector>> | undefined;
  // Most answers of most routes are the one shape of errors.
  const made = new Map<string, (answer: unknown) => string>();
  return route => {
    let write: ((answer: unknown) => string) | undefined;
    return answer => {
      if (!write) {
        const text = JSON.stringify(route.schema);
        compile ??= SerializerSelector()(app.getSchemas(), {});
        write = made.get(text) ?? (compile(route as never) as (answer: unknown) => string);
        made.set(text, write);
      }
      return write(answer);
    };
  };
}

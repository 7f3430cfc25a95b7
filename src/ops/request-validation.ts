import ajvCompiler from '@fastify/ajv-compiler';
import type { FastifyInstance } from 'fastify';

/**
 * Bodies mean what they say: no value is turned into another type and no unknown field is dropped, both are refused.
 * Queries, paths and headers are text by nature, so there numbers and flags are read from it.
 */
export function installRequestValidation(app: FastifyInstance): void {
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
  const schemas = () => app.getSchemas() as Parameters<typeof build>[0];
  let strict: ReturnType<typeof build> | undefined;
  let reading: ReturnType<typeof build> | undefined;
  app.setValidatorCompiler(route => {
    if (route.httpPart === 'body') {
      strict ??= build(schemas(), options(false));
      return strict(route);
    }
    reading ??= build(schemas(), options(true));
    return reading(route);
  });
}

import { typeName } from '../../bson/types.ts';
import { type AccumulatorFactory, accumulators } from '../accumulators.ts';
import { compile, type Evaluate } from '../compiler.ts';
import { fail } from '../values.ts';
import { define, fold } from './registry.ts';

const notAnArray = (name: string, value: unknown): Error =>
  fail(28689, `${name}'s argument must be an array, but is ${typeName(value)}`);

/** `$sum`, `$avg` and their relatives as expressions: over the elements of one array, or over several arguments. */
function overValues(name: string, factory: AccumulatorFactory): void {
  define(name, (argument, scope) => {
    const { start } = factory(argument, scope);
    if (Array.isArray(argument) && argument.length !== 1) {
      const parts = argument.map(part => compile(part, scope));
      return fold(frame => {
        const accumulator = start();
        for (const part of parts) accumulator.add(part(frame));
        return accumulator.result();
      }, parts);
    }
    const part: Evaluate = compile(Array.isArray(argument) ? argument[0] : argument, scope);
    return fold(
      frame => {
        const accumulator = start();
        const value = part(frame);
        if (Array.isArray(value)) for (const element of value) accumulator.add(element);
        else accumulator.add(value);
        return accumulator.result();
      },
      [part],
    );
  });
}

for (const name of ['$sum', '$avg', '$min', '$max', '$stdDevPop', '$stdDevSamp']) {
  overValues(name, accumulators.get(name) as AccumulatorFactory);
}

for (const name of ['$first', '$last']) {
  define(name, (argument, scope) => {
    const part = compile(Array.isArray(argument) && argument.length === 1 ? argument[0] : argument, scope);
    return fold(
      frame => {
        const value = part(frame);
        if (value === null || value === undefined) return null;
        if (!Array.isArray(value)) throw notAnArray(name, value);
        return name === '$first' ? value[0] : value.at(-1);
      },
      [part],
    );
  });
}

for (const name of ['$median', '$percentile']) {
  define(name, (argument, scope) => {
    const { start, input } = (accumulators.get(name) as AccumulatorFactory)(argument, scope);
    return frame => {
      const accumulator = start();
      const value = input(frame);
      if (Array.isArray(value)) for (const element of value) accumulator.add(element);
      else accumulator.add(value);
      return accumulator.result();
    };
  });
}

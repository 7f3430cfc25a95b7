import {
  checkVariableName,
  compile,
  type ExpressionOptions,
  type Frame,
  rootScope,
  type Variables,
} from './compiler.ts';
import './operators/accumulators.ts';
import './operators/arithmetic.ts';
import './operators/array.ts';
import './operators/conversion.ts';
import './operators/date.ts';
import './operators/iterate.ts';
import './operators/logic.ts';
import './operators/object.ts';
import './operators/set.ts';
import './operators/string.ts';
import type { Document } from './values.ts';

export type { ExpressionOptions, Variables } from './compiler.ts';

/** Compiles one aggregation expression; a wrong one is refused here, before any document is seen. */
export function compileExpression(
  expression: unknown,
  options: ExpressionOptions = {},
): (document: Document) => unknown {
  const scope = rootScope(options);
  const evaluate = compile(expression, scope);
  const frame: Frame = new Array(scope.shared.count).fill(undefined);
  return document => {
    frame[0] = document;
    return evaluate(frame);
  };
}

/** Evaluates the `let` document of a command: its values are expressions over constants. */
export function evaluateLet(variables: Document, now?: Date): Variables {
  const result: Document = Object.create(null) as Document;
  for (const [name, expression] of Object.entries(variables)) {
    checkVariableName(name);
    result[name] = compileExpression(expression, { let: result, now })({});
  }
  return result;
}

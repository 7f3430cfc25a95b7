import type { ExpressionCompiler } from '../query/filter.ts';
import type { UpdateOptions } from '../update/compile-update.ts';

export const compileExpression: ExpressionCompiler | undefined = undefined;
export const runUpdatePipeline: UpdateOptions['runPipeline'] = undefined;

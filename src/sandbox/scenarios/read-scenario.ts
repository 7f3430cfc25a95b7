import Schema from 'typebox/schema';
import { Settings } from 'typebox/system';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { type ScenarioFile, scenarioSchema } from './scenario-schema.ts';

/** Everything that is wrong with a scenario file, each with its line. */
export class ScenarioError extends Error {
  readonly problems: readonly string[];

  constructor(file: string, problems: readonly string[]) {
    super(`${file} is not a usable scenario:\n${problems.map(problem => `  ${problem}`).join('\n')}`);
    this.name = 'ScenarioError';
    this.problems = problems;
  }
}

/** Parses a scenario's text and checks its form. Throws one error that lists all problems with their lines. */
export function readScenario(text: string, file = 'scenario'): { scenario: ScenarioFile; lineOf: LineOf } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length) {
    throw new ScenarioError(
      file,
      document.errors.map(error => `line ${error.linePos?.[0]?.line ?? '?'}: ${error.message.split('\n', 1)[0]}`),
    );
  }
  const lineOf: LineOf = path => {
    let node: unknown = document.contents;
    let found: Node | null = document.contents;
    for (const key of path) {
      if (isMap(node)) {
        const pair = node.items.find(item => isScalar(item.key) && String(item.key.value) === String(key));
        if (!pair) break;
        found = (pair.key as Node) ?? found;
        node = pair.value;
      } else if (isSeq(node)) {
        node = node.items[Number(key)];
        found = (node as Node) ?? found;
      } else break;
    }
    return found?.range ? lines.linePos(found.range[0]).line : 1;
  };
  const value: unknown = document.toJS();
  const errors = allErrors(value);
  if (errors.length) throw new ScenarioError(file, describe(errors, lineOf));
  return { scenario: value as ScenarioFile, lineOf };
}

/** The line on which the value at a path stands. */
export type LineOf = (path: readonly (string | number)[]) => number;

/** A file may be wrong in many places; the library stops at a handful unless it is told otherwise. */
function allErrors(value: unknown): readonly SchemaError[] {
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: 500 });
  try {
    return Schema.Errors(scenarioSchema, value)[1];
  } finally {
    Settings.Set({ maxErrors });
  }
}

interface SchemaError {
  keyword: string;
  instancePath: string;
  message: string;
  params: object;
}

function describe(errors: readonly SchemaError[], lineOf: LineOf): string[] {
  const problems = new Map<string, string>();
  const unions = new Set(errors.filter(error => error.keyword === 'anyOf').map(error => error.instancePath));
  for (const error of errors) {
    const path = error.instancePath
      .split('/')
      .slice(1)
      .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const inUnion = [...unions].some(
      union => error.instancePath === union || error.instancePath.startsWith(`${union}/`),
    );
    if (inUnion && error.keyword !== 'anyOf') continue; // one sentence about the choice instead of one per alternative
    if (error.keyword === 'boolean') continue; // said again, better, as additionalProperties
    const at = `line ${lineOf(path)}: ${path.join('.') || 'the file'}`;
    problems.set(`${error.instancePath} ${error.keyword}`, `${at} ${reason(error, path)}`);
  }
  return [...problems.values()];
}

function reason(error: SchemaError, path: readonly string[]): string {
  const params = error.params as Record<string, unknown>;
  if (error.keyword === 'additionalProperties') {
    return `has a field that is not known here: ${(params['additionalProperties'] as string[]).join(', ')}`;
  }
  if (error.keyword === 'required') return `lacks ${(params['requiredProperties'] as string[]).join(', ')}`;
  if (error.keyword === 'enum') return `must be one of ${(params['allowedValues'] as string[]).join(', ')}`;
  if (error.keyword === 'anyOf' && path.at(-2) === 'script') {
    return 'must be one of `agent:`, `says:`, `presses:` and `hangsUp: true`, with fields that belong to it';
  }
  return error.message;
}

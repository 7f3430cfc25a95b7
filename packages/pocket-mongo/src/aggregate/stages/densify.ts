import { compareValues } from '../../bson/compare.ts';
import { equalityKey } from '../../bson/equality-key.ts';
import { CommandError } from '../../errors.ts';
import { addNumbers, multiplyNumbers } from '../arithmetic.ts';
import { descend, pathParts } from '../compiler.ts';
import { readUnit, type Unit } from '../dates/calendar.ts';
import { shiftMoment } from '../dates/shift.ts';
import { utcZone } from '../dates/zone.ts';
import { asNumber, type Document, fail, isNullish, isNumber } from '../values.ts';
import { defineStage, stageFields } from './registry.ts';
import { setPath } from './reshape.ts';

const refusal = (message: string): CommandError => new CommandError('FailedToParse', message);

/** A guard against steps so small that a wide range would fill the memory. MongoDB's own limit is the same. */
const mostGenerated = 500_000;

interface Range {
  readonly step: unknown;
  readonly unit: Unit | undefined;
  readonly bounds: 'full' | 'partition' | readonly [unknown, unknown];
}

function readRange(value: unknown): Range {
  const { step, unit, bounds } = stageFields('$densify.range', value, ['step', 'bounds'], ['unit']);
  if (!isNumber(step) || !(asNumber(step) > 0))
    throw fail(5733401, 'the step parameter in a range statement must be a strictly positive numeric value');
  const named = unit === undefined ? undefined : readUnit('$densify', unit);
  if (named && !Number.isInteger(asNumber(step)))
    throw fail(6586400, 'The step parameter in a range statement must be a whole number when densifying a date range');
  if (bounds === 'full' || bounds === 'partition') return { step, unit: named, bounds };
  if (!Array.isArray(bounds) || bounds.length !== 2)
    throw refusal("$densify bounds must be 'full', 'partition' or an array of two values");
  const [low, high] = bounds as [unknown, unknown];
  if (named ? !(low instanceof Date && high instanceof Date) : !(isNumber(low) && isNumber(high))) {
    throw fail(5733402, 'a bounding array must contain two dates with a unit, or two numbers without one');
  }
  if (compareValues(low, high) > 0)
    throw fail(
      5733403,
      'the bounds in a range statement must be the string full or partition, or an ascending array of two',
    );
  return { step, unit: named, bounds: [low, high] };
}

const valueAfter = (start: unknown, steps: number, { step, unit }: Range): unknown =>
  unit && start instanceof Date
    ? new Date(shiftMoment(start.getTime(), unit, steps * asNumber(step), utcZone))
    : addNumbers(start, multiplyNumbers(step, steps));

defineStage('$densify', specification => {
  const fields = stageFields('$densify', specification, ['field', 'range'], ['partitionByFields']);
  const { field } = fields;
  if (typeof field !== 'string' || field.startsWith('$')) throw refusal("$densify 'field' must be the name of a field");
  const parts = pathParts(field);
  const range = readRange(fields['range']);
  const names = fields['partitionByFields'] ?? [];
  if (!Array.isArray(names) || !names.every(name => typeof name === 'string'))
    throw refusal("'partitionByFields' must be an array of field names");
  if (range.bounds === 'partition' && names.length === 0)
    throw fail(
      5733408,
      "one may not specify the bounds as 'partition' without specifying a non-empty array of partitionByFields. You may have meant to specify 'full' bounds.",
    );
  const keys = names.map(name => ({ name, parts: pathParts(name) }));
  return function* densify(source) {
    const rows: Document[] = [];
    const untouched: Document[] = [];
    for (const document of source) {
      const value = descend(document, parts, 0);
      if (isNullish(value)) untouched.push(document);
      else if (range.unit ? value instanceof Date : isNumber(value)) rows.push(document);
      else
        throw fail(
          range.unit ? 6053600 : 5733201,
          `PlanExecutor error: Densify field type must be ${range.unit ? 'date' : 'numeric'}`,
        );
    }
    const at = (row: Document | undefined): unknown => descend(row, parts, 0);
    rows.sort((a, b) => compareValues(at(a), at(b)));
    const partitions = new Map<unknown, Document[]>();
    for (const row of rows) {
      const key = equalityKey(keys.map(part => descend(row, part.parts, 0) ?? null));
      const list = partitions.get(key);
      if (list) list.push(row);
      else partitions.set(key, [row]);
    }
    yield* untouched;
    let generated = 0;
    for (const list of partitions.values()) {
      const template = keys.reduce<Document>((document, part) => {
        const value = descend(list[0], part.parts, 0);
        return value === undefined ? document : setPath(document, part.parts, value);
      }, {});
      const own = range.bounds === 'partition' ? list : rows;
      const [low, high] = Array.isArray(range.bounds) ? range.bounds : [at(own[0]), at(own.at(-1))];
      const inclusive = !Array.isArray(range.bounds);
      let next = 0;
      const pending = function* (before: unknown): Iterable<Document> {
        for (;;) {
          const value = valueAfter(low, next, range);
          const pastEnd = compareValues(value, high);
          if (pastEnd > 0 || (pastEnd === 0 && !inclusive)) return;
          const order = before === undefined ? -1 : compareValues(value, before);
          if (order > 0) return;
          next += 1;
          if (order === 0) return; // the document itself stands here
          generated += 1;
          if (generated > mostGenerated)
            throw fail(
              5897900,
              `Generated ${generated} documents in $densify, which is over the limit of ${mostGenerated}`,
            );
          yield setPath(template, parts, value);
        }
      };
      for (const row of list) {
        yield* pending(at(row));
        yield row;
      }
      yield* pending(undefined);
    }
  };
});

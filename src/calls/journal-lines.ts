import { mongo, Types } from 'mongoose';
import type { SpokenTurn } from '../bridge/bridge.types.ts';
import { type Batch, CallBacklog } from './journal-entry.ts';

const { EJSON } = mongo.BSON;

/** One backlog as it stands in a line of the spool. Data was made storable, so no key of it can look like a type of its own. */
interface Line {
  readonly callId: string;
  readonly entries: number;
  readonly events: readonly {
    readonly id: Types.ObjectId;
    readonly type: string;
    readonly source: string;
    readonly data: Record<string, unknown>;
    readonly at: Date;
    readonly seq?: number;
  }[];
  readonly turns: readonly (readonly [number, SpokenTurn])[];
  readonly fields: Record<string, unknown>;
}

/** A batch as one line of text, dates and ids kept. */
export function lineOf(batch: Batch): string {
  const lines = [...batch.values()].map(
    ({ callId, entries, events, turns, fields }): Line => ({ callId, entries, events, turns: [...turns], fields }),
  );
  return EJSON.stringify(lines, { relaxed: true });
}

/** The batch in a line; throws when it is none. Its events may have been written before. */
export function batchOf(line: string): Batch {
  const batch: Batch = new Map();
  for (const { callId, entries, events, turns, fields } of EJSON.parse(line, { relaxed: true }) as Line[]) {
    const backlog = new CallBacklog(callId);
    for (const event of events) backlog.addEvent({ ...event, id: new Types.ObjectId(event.id.toHexString()) });
    for (const [index, turn] of turns) backlog.setTurn(index, turn);
    backlog.setFields(fields);
    backlog.entries = entries;
    backlog.tried = true;
    batch.set(callId, backlog);
  }
  return batch;
}

import { Types } from 'mongoose';
import type { SpokenTurn } from '../bridge/bridge.types.ts';

/** An event as it waits to be written. Its id is given when it happens, so that writing it twice shows. */
export interface PendingEvent {
  readonly id: Types.ObjectId;
  readonly type: string;
  readonly source: string;
  readonly data: Record<string, unknown>;
  readonly at: Date;
  /** Its number within the call, once one was reserved. */
  seq?: number;
}

/** Everything said about one call that is not yet in the store. Later words about one turn or field replace earlier ones. */
export class CallBacklog {
  readonly callId: string;
  readonly events: PendingEvent[] = [];
  readonly turns: Map<number, SpokenTurn> = new Map();
  readonly fields: Record<string, unknown> = {};
  /** How many words the journal was given about the call that are in here. */
  entries = 0;
  bytes = 0;
  /** A try to write it has begun, and what became of it is not known. */
  tried = false;

  constructor(callId: string) {
    this.callId = callId;
  }

  addEvent(event: PendingEvent): void {
    this.events.push(event);
    this.#added(weightOf(event.data) + event.type.length);
  }

  setTurn(index: number, turn: SpokenTurn): void {
    const before = this.turns.get(index);
    this.turns.set(index, turn);
    this.#added(turnWeight(turn) - (before ? turnWeight(before) + overhead : 0));
  }

  setFields(fields: Record<string, unknown>): void {
    Object.assign(this.fields, fields);
    this.#added(weightOf(fields));
  }

  /** Takes in what was said after this about the same call. */
  append(later: CallBacklog): void {
    const entries = this.entries + later.entries;
    const bytes = this.bytes + later.bytes;
    for (const event of later.events) this.events.push({ ...event });
    for (const [index, turn] of later.turns) this.turns.set(index, turn);
    Object.assign(this.fields, later.fields);
    this.entries = entries;
    this.bytes = bytes;
    this.tried ||= later.tried;
  }

  /** The same words, apart from what becomes of these. */
  copy(): CallBacklog {
    const copy = new CallBacklog(this.callId);
    copy.append(this);
    copy.tried = true;
    return copy;
  }

  get hasFields(): boolean {
    return Object.keys(this.fields).length > 0;
  }

  #added(weight: number): void {
    this.entries += 1;
    this.bytes += weight + overhead;
  }
}

/** Backlogs by call. */
export type Batch = Map<string, CallBacklog>;

export const batchBytes = (batch: Batch): number => {
  let bytes = 0;
  for (const backlog of batch.values()) bytes += backlog.bytes;
  return bytes;
};

export const copyOf = (batch: Batch): Batch => new Map([...batch].map(([callId, backlog]) => [callId, backlog.copy()]));

export const entriesIn = (batch: Batch): number => {
  let entries = 0;
  for (const backlog of batch.values()) entries += backlog.entries;
  return entries;
};

/** Older and newer words together, in this order. */
export function joined(older: Batch, newer: Batch): Batch {
  for (const [callId, backlog] of newer) {
    const before = older.get(callId);
    if (before) before.append(backlog);
    else older.set(callId, backlog);
  }
  return older;
}

/** What an entry takes in memory beside its own texts, roughly. */
const overhead = 160;
const turnWeight = (turn: SpokenTurn): number => 2 * (turn.text.length + (turn.heardText?.length ?? 0));

const longestText = 8_000;
const mostKeys = 200;
const deepest = 8;

/**
 * A copy of free-form data that the store takes: whoever handed it in may change it afterwards, and it may hold what a model or a
 * vendor made up. Long texts are cut, deep parts are named, keys that mean something to the store get a `_` before them.
 */
export function storable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.length > longestText ? `${value.slice(0, longestText)}…` : value;
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  if (value === undefined) return null;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object') return null;
  if (value instanceof Date || value instanceof Types.ObjectId) return value;
  if (depth >= deepest) return Array.isArray(value) ? '[list]' : '[object]';
  if (Array.isArray(value)) return value.slice(0, mostKeys).map(entry => storable(entry, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value).slice(0, mostKeys)) {
    if (entry !== undefined) copy[safeKey(key)] = storable(entry, depth + 1);
  }
  return copy;
}

const prototypeKeys = new Set(['__proto__', 'constructor', 'prototype']);

function safeKey(key: string): string {
  const plain = key.slice(0, 200).replaceAll(/[.\0]/g, '_');
  return plain === '' || plain.startsWith('$') || prototypeKeys.has(plain) ? `_${plain}` : plain;
}

function weightOf(value: unknown): number {
  if (typeof value === 'string') return 2 * value.length;
  if (typeof value !== 'object' || value === null || value instanceof Date) return 8;
  let weight = 16;
  for (const [key, entry] of Object.entries(value)) weight += key.length + weightOf(entry);
  return weight;
}

import { performance } from 'node:perf_hooks';
import { decodeDocument } from '../bson/decode.ts';
import { encodeDocument } from '../bson/encode.ts';
import { type Document, isDocument } from '../bson/types.ts';
import { CommandError, unsupported } from '../errors.ts';
import { integerField, numeric, stringField } from './arguments.ts';
import type { ClientConnection, CommandContext, CommandDefinition, CommandReply, ServerState } from './command.ts';
import { findCommand } from './registry.ts';

/** Fields any command may carry. Those that change what is promised are checked in `refuseUnsupported`. */
const commonFields = new Set([
  '$db',
  '$readPreference',
  '$clusterTime',
  'lsid',
  'comment',
  'maxTimeMS',
  'readConcern',
  'writeConcern',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
  'txnNumber',
  'startTransaction',
  'autocommit',
]);

/** What becomes of a request: an answer, or the connection is cut (a fail point asked for it). */
export type Outcome = { readonly reply: Uint8Array } | 'close';

/** Runs one request and returns the encoded answer; never throws for what a client can cause. */
export async function dispatch(
  server: ServerState,
  connection: ClientConnection,
  read: () => Document,
  onInternalError: (error: unknown, commandName: string) => void,
): Promise<Outcome> {
  let name = '';
  try {
    const command = read();
    name = Object.keys(command)[0] ?? '';
    const definition = findCommand(name);
    const context = checkedContext(server, connection, name, command, definition);
    server.counters.commands++;
    const failure = server.failPoints.next(name, connection.appName);
    if (failure) {
      if (failure.blockMs > 0) await new Promise(resolve => setTimeout(resolve, failure.blockMs));
      if (failure.closeConnection) return 'close';
      if (failure.error) return { reply: encodeDocument(failure.error) };
    }
    if (definition.writes) server.store.assertWritable();
    if (definition.grows) server.store.heap.assertRoom(definition.grows);
    let reply = definition.run(context);
    if (reply instanceof Promise) reply = await reply;
    if (definition.writes) await server.store.durable();
    return { reply: encodeReply(reply, failure?.writeConcernError) };
  } catch (error) {
    if (!(error instanceof CommandError)) onInternalError(error, name);
    return { reply: encodeDocument(errorReply(error)) };
  }
}

/** The command of an OP_MSG: its body, with document sequences as the arrays they stand for. */
export function readCommand(body: Uint8Array, sequences: ReadonlyMap<string, readonly Uint8Array[]>): Document {
  const command = decodeDocument(body);
  for (const [name, documents] of sequences) {
    if (Object.hasOwn(command, name)) throw new CommandError('ProtocolError', `The field '${name}' is given twice`);
    command[name] = documents.map(decodeDocument);
  }
  return command;
}

/** The answer that reports an error, in the shape drivers know. */
export function errorReply(error: unknown): Document {
  if (error instanceof CommandError) {
    return { ok: 0, errmsg: error.message, code: error.code, codeName: error.codeName, ...error.fields };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { ok: 0, errmsg: `Internal error: ${message}`, code: 1, codeName: 'InternalError' };
}

function checkedContext(
  server: ServerState,
  connection: ClientConnection,
  name: string,
  command: Document,
  definition: CommandDefinition,
): CommandContext {
  for (const field of Object.keys(command)) {
    if (field !== name && !commonFields.has(field) && !definition.fields.includes(field)) {
      throw new CommandError('Location40415', `BSON field '${name}.${field}' is an unknown field.`);
    }
  }
  const database = stringField(command, '$db') ?? 'admin';
  if (definition.adminOnly && database !== 'admin') {
    throw new CommandError('Unauthorized', `${name} may only be run against the admin database.`);
  }
  refuseUnsupported(command);
  const maxTimeMs = integerField(command, 'maxTimeMS', 0, 2_147_483_647);
  const deadline = maxTimeMs ? performance.now() + maxTimeMs : undefined;
  return { server, connection, database, name, command, deadline, now: new Date() };
}

function refuseUnsupported(command: Document): void {
  if (command['txnNumber'] !== undefined || command['startTransaction'] !== undefined) {
    throw unsupported('A transaction or retryable write');
  }
  const readConcern = command['readConcern'];
  const level = isDocument(readConcern) ? readConcern['level'] : undefined;
  if (level === 'snapshot' || level === 'linearizable') throw unsupported(`The read concern '${level}'`);
  const writeConcern = command['writeConcern'];
  const w = isDocument(writeConcern) ? numeric(writeConcern['w']) : undefined;
  if (w !== undefined && w > 1) {
    throw new CommandError('UnsatisfiableWriteConcern', `w: ${w} needs ${w} servers, but this store is a single one`);
  }
}

function encodeReply(reply: CommandReply, writeConcernError: Document | undefined): Uint8Array {
  if (reply instanceof Uint8Array) return reply;
  const body: Document = { ...reply, ok: reply['ok'] ?? 1 };
  if (writeConcernError) body['writeConcernError'] = writeConcernError;
  return encodeDocument(body);
}

import { Binary } from 'bson';
import { type Document, isDocument } from '../bson/types.ts';
import { CommandError } from '../errors.ts';
import { documentsField } from './arguments.ts';
import type { CommandContext, CommandDefinition } from './command.ts';

/** The session of a command as a key; sessions need no state here beyond the cursors opened in them. */
export function sessionKey(lsid: unknown): string | undefined {
  if (lsid === undefined || lsid === null) return undefined;
  const id = isDocument(lsid) ? lsid['id'] : undefined;
  if (!(id instanceof Binary)) throw new CommandError('TypeMismatch', "The field 'lsid.id' must be a UUID");
  return Buffer.from(id.value()).toString('hex');
}

function endSessions({ server, command, name }: CommandContext): Document {
  const keys = documentsField(command, name).map(session => sessionKey(session)!);
  server.cursors.endSessions(new Set(keys));
  return {};
}

export const sessionCommands: Record<string, CommandDefinition> = {
  endSessions: { fields: [], run: endSessions },
  killSessions: { fields: [], run: endSessions },
  refreshSessions: { fields: [], run: () => ({}) },
  startSession: {
    fields: [],
    run: () => ({ id: { id: new Binary(crypto.getRandomValues(new Uint8Array(16)), 4) }, timeoutMinutes: 30 }),
  },
};

import { isDocument } from '../bson/types.ts';
import { maxDocumentBytes } from '../storage/collection.ts';
import { maxMessageBytes } from '../wire/framing.ts';
import { stringField } from './arguments.ts';
import type { CommandContext, CommandDefinition, CommandReply } from './command.ts';

/** Wire version 21 is MongoDB 7.0; drivers then use nothing newer. */
export const maxWireVersion = 21;
export const serverVersion = '7.0.0';

/** No `setName`: a standalone server, so drivers neither retry writes nor start transactions by themselves. */
const hello: CommandDefinition = {
  fields: [
    'helloOk',
    'client',
    'compression',
    'loadBalanced',
    'saslSupportedMechs',
    'speculativeAuthenticate',
    'topologyVersion',
    'maxAwaitTimeMS',
    'backpressure',
    'forShell',
    'hostInfo',
  ],
  run({ name, command, connection, now }: CommandContext): CommandReply {
    const client = command['client'];
    if (isDocument(client) && isDocument(client['application'])) {
      connection.appName = stringField(client['application'], 'name');
    }
    return {
      ...(name === 'hello' ? { isWritablePrimary: true } : { ismaster: true, helloOk: true }),
      maxBsonObjectSize: maxDocumentBytes,
      maxMessageSizeBytes: maxMessageBytes,
      maxWriteBatchSize: 100_000,
      localTime: now,
      logicalSessionTimeoutMinutes: 30,
      connectionId: connection.id,
      minWireVersion: 0,
      maxWireVersion,
      readOnly: false,
    };
  },
};

export const helloCommands = { hello, ismaster: hello, isMaster: hello };

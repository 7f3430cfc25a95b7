import { hostname } from 'node:os';
import { Long } from 'bson';
import type { Document } from '../bson/types.ts';
import { CommandError, unsupported } from '../errors.ts';
import { collectionName, numeric, stringField } from './arguments.ts';
import type { CommandContext, CommandDefinition } from './command.ts';
import { serverVersion } from './hello.ts';

const buildInfo: CommandDefinition = {
  fields: [],
  run: () => ({
    version: serverVersion,
    versionArray: [...serverVersion.split('.').map(Number), 0],
    gitVersion: 'pocket-mongo',
    modules: [],
    bits: 64,
    debug: false,
    maxBsonObjectSize: 16 * 1024 * 1024,
    storageEngines: ['pocket-mongo'],
  }),
};

const serverStatus: CommandDefinition = {
  // Sections may be switched on and off by name; ours are few and always there.
  fields: ['repl', 'metrics', 'locks', 'tcmalloc', 'wiredTiger', 'opcounters', 'network', 'sharding'],
  run: ({ server, now }: CommandContext): Document => ({
    host: hostname(),
    version: serverVersion,
    process: 'pocket-mongo',
    pid: process.pid,
    uptime: (now.getTime() - server.startedAt.getTime()) / 1000,
    localTime: now,
    connections: {
      current: server.counters.connectionsNow,
      available: 100_000,
      totalCreated: server.counters.connectionsTotal,
    },
    opcounters: { command: server.counters.commands },
    metrics: { cursor: { open: { total: server.cursors.size } } },
    mem: { bits: 64, resident: Math.round(process.memoryUsage.rss() / 2 ** 20) },
    storageEngine: { name: 'pocket-mongo', persistent: true },
    pocketMongo: { ...server.stats() },
  }),
};

/** Parameters that clients read at start or set in tests; any other is refused. */
const parameters: Record<string, unknown> = {
  featureCompatibilityVersion: { version: '7.0' },
  authenticationMechanisms: [],
  requireApiVersion: false,
  ttlMonitorEnabled: true,
  ttlMonitorSleepSecs: 60,
};

const getParameter: CommandDefinition = {
  fields: [...Object.keys(parameters), 'allParameters'],
  adminOnly: true,
  run({ server, command, name }: CommandContext): Document {
    const current = { ...parameters, ...Object.fromEntries(server.parameters) };
    if (command[name] === '*') return current;
    const asked = Object.entries(current).filter(([key]) => command[key] !== undefined);
    if (asked.length === 0) throw new CommandError('InvalidOptions', 'no option found to get');
    return Object.fromEntries(asked);
  },
};

const setParameter: CommandDefinition = {
  fields: ['ttlMonitorEnabled', 'ttlMonitorSleepSecs'],
  adminOnly: true,
  run({ server, command }: CommandContext): Document {
    const reply: Document = {};
    for (const key of ['ttlMonitorEnabled', 'ttlMonitorSleepSecs']) {
      const value = command[key];
      if (value === undefined) continue;
      reply['was'] = server.parameters.get(key) ?? parameters[key];
      if (key === 'ttlMonitorSleepSecs' && !((numeric(value) ?? 0) > 0)) {
        throw new CommandError('BadValue', 'ttlMonitorSleepSecs must be a positive number');
      }
      if (key === 'ttlMonitorEnabled') server.store.ttl.enabled = value === true || value === 1;
      else server.store.ttl.setInterval(numeric(value)! * 1000);
      server.parameters.set(key, value);
    }
    return reply;
  },
};

const configureFailPoint: CommandDefinition = {
  fields: ['mode', 'data'],
  adminOnly: true,
  run({ server, command }: CommandContext): Document {
    server.failPoints.configure(command);
    return {};
  },
};

const dbStats: CommandDefinition = {
  fields: ['scale', 'freeStorage'],
  run({ server, database, command }: CommandContext): Document {
    const collections = server.store.catalog.collections(database);
    const scale = numeric(command['scale']) || 1;
    const objects = collections.reduce((sum, each) => sum + each.records.size, 0);
    const dataSize = collections.reduce((sum, each) => sum + each.dataBytes, 0);
    return {
      db: database,
      collections: collections.length,
      views: 0,
      objects,
      avgObjSize: objects ? dataSize / objects : 0,
      dataSize: dataSize / scale,
      storageSize: dataSize / scale,
      indexes: collections.reduce((sum, each) => sum + each.specs().length, 0),
      indexSize: 0,
      totalSize: dataSize / scale,
      scaleFactor: scale,
    };
  },
};

const collStats: CommandDefinition = {
  fields: ['scale'],
  run({ server, database, command, name }: CommandContext): Document {
    const collection = collectionName(command, name);
    return collectionStats(server, database, collection, numeric(command['scale']) || 1);
  },
};

/** Sizes of a collection; one that does not exist is empty, as in MongoDB. */
export function collectionStats(
  server: CommandContext['server'],
  database: string,
  name: string,
  scale: number,
): Document {
  const collection = server.store.catalog.find(database, name);
  const count = collection?.records.size ?? 0;
  const bytes = collection?.dataBytes ?? 0;
  const specs = collection?.specs() ?? [];
  return {
    ns: `${database}.${name}`,
    size: Math.round(bytes / scale),
    count,
    ...(count > 0 ? { avgObjSize: Math.round(bytes / count) } : {}),
    storageSize: Math.round(bytes / scale),
    capped: collection?.options['capped'] === true,
    nindexes: specs.length,
    indexSizes: Object.fromEntries(specs.map(spec => [spec.name, 0])),
    totalIndexSize: 0,
    totalSize: Math.round(bytes / scale),
    scaleFactor: scale,
  };
}

const connectionStatus: CommandDefinition = {
  fields: ['showPrivileges'],
  run: () => ({ authInfo: { authenticatedUsers: [], authenticatedUserRoles: [], authenticatedUserPrivileges: [] } }),
};

const hostInfo: CommandDefinition = {
  fields: [],
  adminOnly: true,
  run: ({ now }: CommandContext) => ({
    system: { currentTime: now, hostname: hostname(), cpuArch: process.arch, numCores: 1 },
    os: { type: process.platform, name: process.platform, version: '' },
    extra: {},
  }),
};

/** Asked by shells at start; there is no log that a client could read. */
const getLog: CommandDefinition = {
  fields: [],
  adminOnly: true,
  run({ command, name }: CommandContext): Document {
    if (command[name] === '*') return { names: ['global', 'startupWarnings'] };
    return { totalLinesWritten: 0, log: [] };
  },
};

const getCmdLineOpts: CommandDefinition = {
  fields: [],
  adminOnly: true,
  run: () => ({ argv: ['pocket-mongo'], parsed: {} }),
};

const whatsmyuri: CommandDefinition = {
  fields: [],
  run: ({ connection }: CommandContext) => ({ you: `connection:${connection.id}` }),
};

const profile: CommandDefinition = {
  fields: ['slowms', 'sampleRate', 'filter'],
  run({ command, name }: CommandContext): Document {
    if (numeric(command[name]) !== -1 && numeric(command[name]) !== 0) throw unsupported('The profiler');
    return { was: 0, slowms: 100, sampleRate: 1 };
  },
};

const fsync: CommandDefinition = {
  fields: ['lock'],
  adminOnly: true,
  writes: true,
  run({ command }: CommandContext): Document {
    if (command['lock']) throw unsupported('Locking with fsync');
    return { numFiles: 1 };
  },
};

const dataSize: CommandDefinition = {
  fields: ['keyPattern', 'min', 'max', 'estimate'],
  run({ server, command, name }: CommandContext): Document {
    if (command['keyPattern'] ?? command['min'] ?? command['max']) throw unsupported('dataSize of a range');
    const namespace = stringField(command, name) ?? '';
    const dot = namespace.indexOf('.');
    const collection = server.store.catalog.find(namespace.slice(0, dot), namespace.slice(dot + 1));
    const size = collection?.dataBytes ?? 0;
    return { size: Long.fromNumber(size), numObjects: collection?.records.size ?? 0, millis: 0, estimate: false };
  },
};

export const adminCommands: Record<string, CommandDefinition> = {
  ping: { fields: [], run: () => ({}) },
  buildInfo,
  buildinfo: buildInfo,
  serverStatus,
  getParameter,
  setParameter,
  configureFailPoint,
  dbStats,
  dbstats: dbStats,
  collStats,
  collstats: collStats,
  connectionStatus,
  hostInfo,
  getLog,
  getCmdLineOpts,
  whatsmyuri,
  profile,
  fsync,
  dataSize,
};

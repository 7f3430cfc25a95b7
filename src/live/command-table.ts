import { type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Permission } from '../auth/identities.types.ts';
import { AppError } from '../errors.ts';
import type { ClientCommands } from './live-contract.ts';

export type CommandName = Exclude<keyof ClientCommands, 'call:microphone'>;
export type CommandArgs<N extends CommandName> = Parameters<ClientCommands[N]>[0];

const strict = <T extends Record<string, TSchema>>(fields: T) => Type.Object(fields, { additionalProperties: false });

const sid = Type.String({ minLength: 1, maxLength: 64 });
const oneCall = strict({ sid });
const oneCampaign = strict({ id: Type.String({ minLength: 1, maxLength: 64 }) });

interface CommandRule {
  /** What it takes; null for what concerns the connection alone. */
  readonly permission: Permission | null;
  readonly schema: TSchema;
}

/** Every command with what it takes to give it. */
export const commandRules = {
  'auth:renew': { permission: null, schema: strict({ token: Type.String({ minLength: 1, maxLength: 4096 }) }) },
  'call:watch': { permission: 'calls:read', schema: oneCall },
  'call:unwatch': { permission: null, schema: oneCall },
  'campaign:watch': { permission: 'campaigns:read', schema: oneCampaign },
  'campaign:unwatch': { permission: null, schema: oneCampaign },
  'call:listen': { permission: 'calls:listen', schema: oneCall },
  'call:unlisten': { permission: null, schema: oneCall },
  'call:whisper': {
    permission: 'calls:whisper',
    schema: strict({ sid, text: Type.String({ minLength: 1, maxLength: 2000, pattern: '\\S' }) }),
  },
  'call:takeover': { permission: 'calls:take-over', schema: oneCall },
  'call:handback': {
    permission: 'calls:take-over',
    schema: strict({ sid, note: Type.Optional(Type.String({ maxLength: 2000 })) }),
  },
  'call:transfer': {
    permission: 'calls:transfer',
    schema: strict({
      sid,
      to: strict({ kind: Type.Literal('number'), phone: Type.String({ minLength: 1, maxLength: 40 }) }),
      mode: Type.Union([Type.Literal('warm'), Type.Literal('blind')]),
      summary: Type.Optional(Type.String({ minLength: 1, maxLength: 2000 })),
    }),
  },
  'call:hangup': { permission: 'calls:end', schema: oneCall },
} as const satisfies Record<CommandName, CommandRule>;

const validatorOf = (schema: TSchema) => Compile(schema);
const validators: Readonly<Record<string, ReturnType<typeof validatorOf>>> = Object.fromEntries(
  Object.entries(commandRules).map(([name, { schema }]) => [name, validatorOf(schema)]),
);

export const isCommand = (name: string): name is CommandName => Object.hasOwn(commandRules, name);

/** What came with a command, if it is what the command takes; else an error that names the fields, never their values. */
export function checkedArgs<N extends CommandName>(name: N, args: unknown): CommandArgs<N> {
  const validator = validators[name]!;
  if (validator.Check(args)) return args as CommandArgs<N>;
  const details = validator
    .Errors(args)
    // An unknown field is reported twice; the entry of keyword "boolean" only says that its schema is false.
    .filter(({ keyword }) => keyword !== 'boolean')
    .slice(0, 5)
    .map(problem => ({ field: fieldOf(problem), problem: problem.message }));
  const [first] = details;
  throw new AppError('VALIDATION_FAILED', first ? `${first.field} ${first.problem}.` : 'The command is not valid.', {
    details,
  });
}

/** The field a problem is about; a missing or unknown one is named by the parameters. */
function fieldOf({ instancePath, params }: { readonly instancePath: string; readonly params: object }): string {
  const { requiredProperties, additionalProperties } = params as Record<string, readonly string[] | undefined>;
  const named = requiredProperties?.[0] ?? additionalProperties?.[0];
  const path = [instancePath.slice(1).replaceAll('/', '.'), named].filter(part => part !== undefined && part !== '');
  return path.join('.') || 'the command';
}

import { type Document, isDocument } from '../bson/types.ts';
import { CommandError, errorCodes, unsupported } from '../errors.ts';
import { arrayField, flagField, integerField, stringField } from './arguments.ts';

/** What a fail point does to one command. */
export interface InjectedFailure {
  readonly blockMs: number;
  readonly closeConnection: boolean;
  readonly error: Document | undefined;
  readonly writeConcernError: Document | undefined;
}

interface ActiveFailPoint extends InjectedFailure {
  readonly commands: ReadonlySet<string>;
  readonly appName: string | undefined;
  remaining: number;
  skipping: number;
}

/** `failCommand`, as tests of clients use it: commands of given names fail, wait or lose their connection. */
export class FailPoints {
  #active: ActiveFailPoint | undefined;

  /** Applies a `configureFailPoint` command. */
  configure(command: Document): void {
    const name = stringField(command, 'configureFailPoint');
    if (name !== 'failCommand') throw unsupported(`The fail point '${name}'`);
    const mode = command['mode'];
    if (mode === 'off') {
      this.#active = undefined;
      return;
    }
    const data = isDocument(command['data']) ? command['data'] : {};
    const labels = arrayField(data, 'errorLabels');
    const code = integerField(data, 'errorCode', 0, 2_147_483_647);
    const codeName = Object.entries(errorCodes).find(([, number]) => number === code)?.[0] ?? `Location${code}`;
    this.#active = {
      commands: new Set((arrayField(data, 'failCommands') ?? []).map(String)),
      appName: stringField(data, 'appName'),
      blockMs: flagField(data, 'blockConnection') ? (integerField(data, 'blockTimeMS', 0, 600_000) ?? 0) : 0,
      closeConnection: flagField(data, 'closeConnection') ?? false,
      error:
        code === undefined
          ? undefined
          : {
              ok: 0,
              errmsg: "Failing command via 'failCommand' failpoint",
              code,
              codeName,
              ...(labels ? { errorLabels: labels } : {}),
            },
      writeConcernError: isDocument(data['writeConcernError']) ? data['writeConcernError'] : undefined,
      ...countsOf(mode),
    };
  }

  /** The failure that meets this command now, if any; each call may use one up. */
  next(commandName: string, appName: string | undefined): InjectedFailure | undefined {
    const active = this.#active;
    if (!active?.commands.has(commandName) || (active.appName !== undefined && active.appName !== appName)) {
      return undefined;
    }
    if (active.skipping > 0) {
      active.skipping--;
      return undefined;
    }
    if (--active.remaining <= 0) this.#active = undefined;
    return active;
  }
}

function countsOf(mode: unknown): { remaining: number; skipping: number } {
  if (mode === 'alwaysOn') return { remaining: Number.POSITIVE_INFINITY, skipping: 0 };
  if (isDocument(mode)) {
    const times = integerField(mode, 'times', 0, 2_147_483_647);
    if (times !== undefined) return { remaining: times, skipping: 0 };
    const skip = integerField(mode, 'skip', 0, 2_147_483_647);
    if (skip !== undefined) return { remaining: Number.POSITIVE_INFINITY, skipping: skip };
  }
  throw new CommandError('BadValue', "The mode of a fail point must be 'off', 'alwaysOn', {times: n} or {skip: n}");
}

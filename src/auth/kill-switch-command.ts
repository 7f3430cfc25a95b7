import { AppError } from '../errors.ts';
import { createKillSwitch, type KillSwitchState } from '../ops/kill-switch.ts';
import { SettingsRepository } from '../ops/settings-repository.ts';
import { type AdminCommand, type AdminContext, operator } from './admin-commands.ts';

export interface KillSwitchReport {
  readonly dryRun: boolean;
  readonly before: KillSwitchState;
  readonly after: KillSwitchState;
}

/** Stops all calling of the installation, or allows it again. */
export const killSwitchCommand: AdminCommand = {
  usage: [
    'kill-switch on|off [--reason TEXT]',
    'stops all calling at once, also while a server runs, or allows it again',
  ],
  args: [1, 1],
  flags: ['reason', 'dryRun', 'json', 'url'],
  run: async ([word], context) => {
    if (word !== 'on' && word !== 'off') throw new AppError('BAD_REQUEST', 'Say kill-switch on or kill-switch off.');
    const on = word === 'on';
    const report = await (context.remote ? turnRemotely(on, context) : turnOnStore(on, context));
    const done = on
      ? 'Calling is stopped: nobody is called until it is turned off again.'
      : 'Calling is allowed again.';
    const would = on ? 'Calling would be stopped.' : 'Calling would be allowed again.';
    const same = `It is ${word} already${report.before.since ? ` since ${report.before.since}` : ''}.`;
    const words = report.dryRun ? `${report.before.on === on ? same : would} Nothing was changed.` : done;
    context.tell(report, words);
  },
};

const turnOnStore = (on: boolean, { flags, onStore, audit, now }: AdminContext): Promise<KillSwitchReport> =>
  onStore(async store => {
    const { reason = null, dryRun } = flags;
    const killSwitch = createKillSwitch(new SettingsRepository(store), now);
    const before = await killSwitch.state();
    if (dryRun) return { dryRun, before, after: before };
    const after = await killSwitch.turn(on, operator.label, reason);
    await audit(store, {
      action: 'kill-switch.turn',
      target: { type: 'setting', id: 'kill-switch' },
      before: { on: before.on },
      after: { on, ...(reason ? { reason } : {}) },
    });
    return { dryRun, before, after };
  });

async function turnRemotely(on: boolean, { flags, remote }: AdminContext): Promise<KillSwitchReport> {
  const { reason, dryRun } = flags;
  const path = '/api/admin/kill-switch';
  const before = (await remote!.ask('GET', path))['killSwitch'] as KillSwitchState;
  if (dryRun) return { dryRun, before, after: before };
  const answer = await remote!.ask('PUT', path, { on, ...(reason ? { reason } : {}) });
  return { dryRun, before, after: answer['killSwitch'] as KillSwitchState };
}

import { closeSync, mkdirSync, openSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './steps.mjs';

/**
 * Holds the set-up lock of a folder while `work` runs, so that two commands started together never install or build over
 * each other. The lock names its owner and the owner's working child; it is taken over only when both are gone, which is
 * why a killed set-up whose npm still runs cannot be overtaken.
 */
export async function withSetupLock(folder, work, { pollMs = 150, announce = say } = {}) {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'lock');
  let waited = false;
  while (!tryCreate(file, describe(process.pid))) {
    const holder = readHolder(file);
    if (holder && !holder.some(isAlive)) {
      removeAbandoned(file);
      continue;
    }
    if (!waited) announce(`waiting for another set-up of this folder${holder ? ` (process ${holder[0].pid})` : ''}`);
    waited = true;
    await sleep(pollMs);
  }
  try {
    return await work({
      waited,
      childStarted: pid => writeFileSync(file, JSON.stringify([describe(process.pid), describe(pid)])),
    });
  } finally {
    unlinkSync(file);
  }
}

function tryCreate(file, owner) {
  try {
    writeFileSync(file, JSON.stringify([owner]), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The lock's owners; undefined while it is being written or just gone, which the next look settles. */
function readHolder(file) {
  try {
    const text = readFileSync(file, 'utf8');
    if (text !== '') return JSON.parse(text);
    // Created but never filled: its maker died between the two, unless it is young.
    return Date.now() - statSync(file).mtimeMs > 5_000 ? [] : undefined;
  } catch {
    return undefined;
  }
}

// Two waiters may judge the same owner dead; only the one holding this second, momentary lock removes, and it looks again first.
function removeAbandoned(file) {
  const guard = `${file}.takeover`;
  try {
    closeSync(openSync(guard, 'wx'));
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    try {
      if (Date.now() - statSync(guard).mtimeMs > 10_000) unlinkSync(guard);
    } catch {} // its owner was quicker
    return;
  }
  try {
    const holder = readHolder(file);
    if (holder && !holder.some(isAlive)) unlinkSync(file);
  } finally {
    unlinkSync(guard);
  }
}

// A process id alone may have been given to somebody else since; together with the start time it has not.
const describe = pid => ({ pid, startedAt: startOf(pid) });

function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined; // no /proc (macOS), or already gone
  }
}

function isAlive({ pid, startedAt }) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  return startedAt === undefined || startOf(pid) === startedAt;
}

import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesPerMs } from '../../audio/mulaw.ts';
import type { TwinClock } from '../clock.ts';
import type { BackgroundWork } from './background-work.ts';
import { createCallRecorder } from './call-recorder.ts';
import type { Line } from './line.ts';
import type { RecordingEvent, RecordingOrder } from './recording-order.ts';
import { rfc2822 } from './twilio-dates.ts';
import { newSid } from './twilio-sid.ts';
import type { TwinRecording } from './twin-call.ts';
import type { Fields, WebhookSender } from './webhook-sender.ts';

export interface RecordingBook {
  start(call: { sid: string; line: Line }, order: RecordingOrder): TwinRecording;
  pause(sid: string, skip: boolean): void;
  resume(sid: string): void;
  /** Ends a recording; the file is ready a moment later. Ending it twice does nothing. */
  stop(sid: string): void;
  stopAllOf(callSid: string): void;
  /** `Twilio.CURRENT` is the one recording that runs on the call. */
  find(sid: string, callSid?: string): TwinRecording | undefined;
  list(callSid?: string): TwinRecording[];
  remove(recording: TwinRecording): void;
  media(recording: TwinRecording): Promise<{ said: Buffer; heard: Buffer } | undefined>;
  close(): void;
}

const processingMs = 300;

/** Keeps the account's recordings. Their audio lies in a temporary folder that goes when the twin is closed. */
export function createRecordingBook(options: {
  clock: TwinClock;
  webhooks: WebhookSender;
  accountSid: string;
  baseUrl: () => string;
  background: BackgroundWork;
}): RecordingBook {
  const { clock, webhooks, accountSid } = options;
  const recordings = new Map<string, TwinRecording>();
  const running = new Map<string, { finish(): void; recorder: ReturnType<typeof createCallRecorder> }>();
  let folder: string | undefined;
  let closed = false;
  const fileOf = (sid: string) => {
    folder ??= mkdtempSync(join(tmpdir(), 'parley-carrier-'));
    return join(folder, `${sid}.ulaw`);
  };

  const tell = (recording: TwinRecording, order: RecordingOrder, event: RecordingEvent) => {
    if (!order.callback?.events.has(event)) return;
    const fields: Fields = [
      ['AccountSid', accountSid],
      ['CallSid', recording.callSid],
      ['RecordingSid', recording.sid],
      ['RecordingUrl', `${options.baseUrl()}/2010-04-01/Accounts/${accountSid}/Recordings/${recording.sid}`],
      ['RecordingStatus', event],
      ['RecordingChannels', String(recording.channels)],
      ['RecordingStartTime', rfc2822(recording.startedAt)],
      ['RecordingSource', recording.source],
      ['RecordingTrack', recording.track],
    ];
    if (event === 'completed') fields.push(['RecordingDuration', String(recording.durationSeconds ?? 0)]);
    if (event === 'absent') fields.push(['ErrorCode', '13256']);
    void webhooks.send({ purpose: 'recording', hook: order.callback, fields, callSid: recording.callSid, event });
  };
  const complete = async (recording: TwinRecording, order: RecordingOrder, audio: { said: Buffer; heard: Buffer }) => {
    await clock.wait(processingMs);
    if (closed) return;
    recording.updatedAt = clock.now();
    if (audio.said.length === 0) {
      recording.state = 'absent';
      return tell(recording, order, 'absent');
    }
    await writeFile(fileOf(recording.sid), Buffer.concat([audio.said, audio.heard]));
    recording.durationSeconds = Math.max(1, Math.round(audio.said.length / bytesPerMs / 1_000));
    recording.state = 'completed';
    tell(recording, order, 'completed');
  };

  return {
    start(call, order) {
      const now = clock.now();
      const recording: TwinRecording = {
        sid: newSid('RE'),
        callSid: call.sid,
        state: 'in-progress',
        channels: order.channels,
        track: order.track,
        source: order.source,
        createdAt: now,
        updatedAt: now,
        startedAt: now,
      };
      const recorder = createCallRecorder(order);
      const untap = call.line.tap((said, heard) => recorder.add(said, heard));
      recordings.set(recording.sid, recording);
      running.set(recording.sid, {
        recorder,
        finish() {
          untap();
          recording.state = 'processing';
          void options.background.track(complete(recording, order, recorder.finish()));
        },
      });
      tell(recording, order, 'in-progress');
      return recording;
    },
    pause(sid, skip) {
      running.get(sid)?.recorder.pause(skip);
      recordings.get(sid)!.state = 'paused';
    },
    resume(sid) {
      running.get(sid)?.recorder.resume();
      recordings.get(sid)!.state = 'in-progress';
    },
    stop(sid) {
      running.get(sid)?.finish();
      running.delete(sid);
    },
    stopAllOf(callSid) {
      for (const sid of [...running.keys()]) if (recordings.get(sid)?.callSid === callSid) this.stop(sid);
    },
    find(sid, callSid) {
      if (sid === 'Twilio.CURRENT' && callSid) {
        const current = [...running.keys()].filter(each => recordings.get(each)?.callSid === callSid);
        return current.length === 1 ? recordings.get(current[0]!) : undefined;
      }
      const recording = recordings.get(sid);
      return recording && (callSid === undefined || recording.callSid === callSid) ? recording : undefined;
    },
    list: callSid =>
      [...recordings.values()].reverse().filter(each => callSid === undefined || each.callSid === callSid),
    remove(recording) {
      recording.state = 'deleted';
      recording.updatedAt = clock.now();
      if (folder) void rm(fileOf(recording.sid), { force: true });
    },
    async media(recording) {
      if (recording.state !== 'completed') return undefined;
      const both = await readFile(fileOf(recording.sid));
      const half = both.length / 2;
      return { said: both.subarray(0, half), heard: both.subarray(half) };
    },
    close() {
      closed = true;
      if (folder) rmSync(folder, { recursive: true, force: true });
    },
  };
}

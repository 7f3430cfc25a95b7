import type { FastifyInstance } from 'fastify';
import { mulawOfLinear } from '../../audio/mulaw.ts';
import { dateFilter, listPage } from './list-page.ts';
import { parseLiveRecordingOrder } from './recording-order.ts';
import { FormReader } from './request-form.ts';
import { recordingResource } from './rest-resources.ts';
import { type RestContext, restPath } from './rest-server.ts';
import { TwilioError } from './twilio-errors.ts';
import type { TwinRecording } from './twin-call.ts';
import { mixed, wavFile } from './wav-file.ts';

type CallParams = { Params: { call: string } };
type BothParams = { Params: { call: string; sid: string } };
type SidParams = { Params: { sid: string } };

/** Recordings, below their call and below the account, and their media. */
export function registerRecordingRoutes(app: FastifyInstance, context: RestContext, baseUrl: () => string): void {
  const { core } = context;
  const ofAccount = restPath(core, 'Recordings.json');
  const ofCall = restPath(core, 'Calls/:call/Recordings.json');
  const showInCall = (recording: TwinRecording) =>
    recordingResource(recording, core.accountSid, { below: 'call' }, core.clock.now());
  const show = (recording: TwinRecording) =>
    recordingResource(recording, core.accountSid, { below: 'account', baseUrl: baseUrl() }, core.clock.now());
  const find = (sid: string, callSid?: string): TwinRecording => {
    const recording = core.recordings.find(sid, callSid);
    if (!recording) throw new TwilioError(20404, `Recordings/${sid.slice(0, 40)}`);
    return recording;
  };
  const listing = (query: URLSearchParams, callSid: string | undefined) => {
    const created = dateFilter(query, 'DateCreated');
    const deletedToo = query.get('IncludeSoftDeleted') === 'true';
    return core.recordings
      .list(callSid ?? query.get('CallSid') ?? undefined)
      .filter(each => (deletedToo || each.state !== 'deleted') && (!created || created(each.createdAt)));
  };
  const remove = (recording: TwinRecording) => {
    if (recording.state !== 'completed' && recording.state !== 'absent') {
      throw new TwilioError(20001, 'only a completed recording can be deleted');
    }
    core.recordings.remove(recording);
  };

  app.post<CallParams>(ofCall, async (request, reply) => {
    const live = core.calls.live.get(request.params.call);
    if (!live?.line) {
      if (!core.calls.get(request.params.call))
        throw new TwilioError(20404, `Calls/${request.params.call.slice(0, 40)}`);
      throw new TwilioError(21220, 'only a call that is in progress can be recorded');
    }
    const { order, unknown } = parseLiveRecordingOrder(context.form(request));
    context.complain(unknown, 'record a call');
    return reply.code(201).send(showInCall(core.recordings.start({ sid: live.call.sid, line: live.line }, order)));
  });
  app.get<CallParams>(ofCall, async request => {
    const query = context.query(request);
    const path = restPath(core, `Calls/${request.params.call}/Recordings.json`);
    return listPage('recordings', listing(query, request.params.call), path, query, showInCall);
  });
  app.get<BothParams>(restPath(core, 'Calls/:call/Recordings/:sid.json'), async request =>
    showInCall(find(request.params.sid, request.params.call)),
  );
  app.post<BothParams>(restPath(core, 'Calls/:call/Recordings/:sid.json'), async request => {
    const recording = find(request.params.sid, request.params.call);
    const read = new FormReader(context.form(request));
    const status = read.choice('Status', 'in-progress', ['paused', 'in-progress', 'stopped']);
    if (recording.state !== 'in-progress' && recording.state !== 'paused')
      throw new TwilioError(21220, 'the recording has ended');
    if (status === 'paused') core.recordings.pause(recording.sid, read.text('PauseBehavior') === 'skip');
    else if (status === 'in-progress') core.recordings.resume(recording.sid);
    else core.recordings.stop(recording.sid);
    return { ...showInCall(recording), status };
  });
  app.delete<BothParams>(restPath(core, 'Calls/:call/Recordings/:sid.json'), async (request, reply) => {
    remove(find(request.params.sid, request.params.call));
    return reply.code(204).send();
  });

  app.get(ofAccount, async request => {
    const query = context.query(request);
    return listPage('recordings', listing(query, undefined), ofAccount, query, show);
  });
  app.delete<SidParams>(restPath(core, 'Recordings/:sid.json'), async (request, reply) => {
    remove(find(request.params.sid));
    return reply.code(204).send();
  });
  // One route for the metadata and the media, which differ only in what follows the SID.
  app.get<SidParams>(restPath(core, 'Recordings/:sid'), async (request, reply) => {
    const [sid = '', extension] = request.params.sid.split('.');
    const recording = find(sid);
    if (extension === 'json') return show(recording);
    if (extension === 'mp3') {
      throw new TwilioError(
        20001,
        'this carrier twin keeps recordings as WAV only: ask for the same address with .wav',
      );
    }
    if (extension !== undefined && extension !== 'wav')
      throw new TwilioError(20404, `no media with the extension .${extension}`);
    const audio = await core.recordings.media(recording);
    if (!audio) throw new TwilioError(20404, `the media of ${sid} is not there (${recording.state})`);
    const wanted = context.query(request).get('RequestedChannels') ?? String(recording.channels);
    if (wanted !== '1' && wanted !== '2') throw new TwilioError(20001, `RequestedChannels=${wanted.slice(0, 10)}`);
    const channels = wanted === '2' ? [audio.said, audio.heard] : [mixed(audio.said, audio.heard, mulawOfLinear)];
    return reply.type('audio/x-wav').send(wavFile(channels));
  });
}

import type { FastifyInstance } from 'fastify';
import { FormReader } from './request-form.ts';
import { accountPath } from './rest-resources.ts';
import { type RestContext, restPath } from './rest-server.ts';
import { rfc2822 } from './twilio-dates.ts';
import { TwilioError } from './twilio-errors.ts';
import { startFork } from './verbs/side-tracks.ts';

/** One-way streams that are started and stopped through REST on a call in progress. */
export function registerStreamRoutes(app: FastifyInstance, context: RestContext): void {
  const { core } = context;
  const resource = (callSid: string, sid: string, name: string, status: 'in-progress' | 'stopped') => ({
    sid,
    account_sid: core.accountSid,
    call_sid: callSid,
    name,
    status,
    date_updated: rfc2822(core.clock.now()),
    uri: `${accountPath(core.accountSid)}/Calls/${callSid}/Streams/${sid}.json`,
  });
  const inProgress = (callSid: string) => {
    const live = core.calls.live.get(callSid);
    if (!live?.line) throw new TwilioError(core.calls.get(callSid) ? 21220 : 20404, `Calls/${callSid.slice(0, 40)}`);
    return live;
  };

  app.post<{ Params: { call: string } }>(restPath(core, 'Calls/:call/Streams.json'), async (request, reply) => {
    const live = inProgress(request.params.call);
    const read = new FormReader(context.form(request));
    const url = read.text('Url');
    if (!url) throw new TwilioError(21205, 'Url is required');
    const track = read.choice('Track', 'inbound_track', ['inbound_track', 'outbound_track', 'both_tracks']);
    const callback = read.hook('StatusCallback', 'StatusCallbackMethod', 21609);
    const name = read.text('Name');
    const parameters: Record<string, string> = {};
    for (let index = 1; index < 100; index += 1) {
      const key = read.text(`Parameter${index}.Name`);
      if (key) parameters[key] = read.text(`Parameter${index}.Value`) ?? '';
    }
    const fork = await startFork(live, {
      url,
      ...(name ? { name } : {}),
      tracks:
        track === 'both_tracks' ? ['inbound', 'outbound'] : track === 'outbound_track' ? ['outbound'] : ['inbound'],
      bidirectional: false,
      customParameters: parameters,
      ...(callback ? { statusCallback: callback } : {}),
    });
    if (!fork) throw new TwilioError(20001, `the stream ${url.slice(0, 100)} could not be opened`);
    return reply.code(201).send(resource(live.call.sid, fork.sid, fork.name, 'in-progress'));
  });

  app.post<{ Params: { call: string; sid: string } }>(
    restPath(core, 'Calls/:call/Streams/:sid.json'),
    async request => {
      const live = inProgress(request.params.call);
      const found = [...live.forks].find(
        ([name, stream]) => name === request.params.sid || stream.streamSid === request.params.sid,
      );
      if (!found) throw new TwilioError(20404, `Streams/${request.params.sid.slice(0, 40)}.json`);
      new FormReader(context.form(request)).choice('Status', 'stopped', ['stopped']);
      found[1].stop();
      return resource(live.call.sid, found[1].streamSid, found[0], 'stopped');
    },
  );
}

import { once } from 'node:events';
import { test } from 'tap';
import type { CallUpdated } from '../../src/live/live-contract.ts';
import { startProduct } from '../helpers/product.ts';
import { ask, connect, connected, next } from './site.ts';
import { talkers } from './talkers.ts';

type Piece = [sid: string, side: string, seq: number, bytes: Uint8Array];

test('a supervisor hears a call, takes it and gives it back, and everybody sees it', async t => {
  const product = await startProduct(t, { scenario: talkers, scale: 2 });
  const { url, env, signIn } = product;
  const viewer = { email: 'viewer@parley.example', password: 'a viewer of calls' };
  await product.api('POST', '/api/users', { ...viewer, role: 'viewer' });
  const { id, sid } = await product.dial('talker');
  await product.talking(id);
  const socket = await connected(connect(t, url, { token: String(env['API_KEY']) }));
  const other = await connected(connect(t, url, { token: await signIn() }));
  const watcher = await connected(connect(t, url, { token: await signIn(viewer.email, viewer.password) }));
  const peopleAre = (...modes: string[]) =>
    next<CallUpdated>(watcher, 'call:updated', ({ fields }) => {
      const people = fields['people'] as { mode: string }[] | undefined;
      return people !== undefined && people.map(({ mode }) => mode).join() === modes.join();
    });

  const pieces: Piece[] = [];
  socket.on('call:audio', (...piece: Piece) => void pieces.push(piece));
  const heard = async (side: string, more: number) => {
    const from = pieces.length;
    while (pieces.slice(from).filter(piece => piece[1] === side).length < more)
      await once(socket as never, 'call:audio');
  };
  const listening = peopleAre('listening');
  t.same(await ask(socket, 'call:listen', { sid }), { ok: true });
  t.same(await ask(socket, 'call:listen', { sid: id }), { ok: true }, 'asked twice it is heard once');
  await listening;
  await Promise.all([heard('caller', 3), heard('agent', 3)]);
  t.match(pieces[0], [sid, String, 0, Buffer]);

  const speaking = peopleAre('speaking');
  t.same(await ask(socket, 'call:takeover', { sid }), { ok: true });
  const microphone = setInterval(() => {
    socket.emit('call:microphone', sid, said, Buffer.alloc(160, 0xff));
    said += 1;
  }, 20);
  let said = 0;
  t.teardown(() => clearInterval(microphone));
  await speaking;
  t.match(await ask(other, 'call:takeover', { sid }), { error: { code: 'CALL_TAKEN' } });
  t.match(await ask(other, 'call:handback', { sid }), { error: { code: 'CALL_NOT_YOURS' } });
  await heard('caller', 5);

  const letGo = next(socket, 'call:letgo');
  t.same(await ask(socket, 'call:handback', { sid, note: 'She wants Tuesday.' }), { ok: true });
  t.match(await letGo, { callId: id, callSid: sid, what: 'takeover', why: 'handed-back' });
  await heard('caller', 3);
  for (const side of ['caller', 'agent']) {
    const seqs = pieces.filter(piece => piece[1] === side).map(piece => piece[2]);
    t.same(
      seqs,
      Array.from(seqs, (_, index) => index),
      `the ${side} comes once, in one numbering`,
    );
  }

  t.same(await ask(socket, 'call:unlisten', { sid }), { ok: true });
  t.same(await ask(socket, 'call:whisper', { sid, text: 'Ask for the name.' }), { ok: true });

  t.same(await ask(socket, 'call:takeover', { sid: id }), { ok: true });
  const free = peopleAre();
  const lostAt = Date.now();
  socket.io.engine.close();
  await free;
  t.ok(Date.now() - lostAt < 2_000, `the agent has it again after ${Date.now() - lostAt} ms`);

  const ended = next(watcher, 'call:ended');
  t.same(await ask(other, 'call:hangup', { sid }), { ok: true });
  await ended;
  t.match(await ask(other, 'call:listen', { sid }), { error: { code: 'CALL_ENDED' } });
  t.match(await ask(other, 'call:listen', { sid: 'CAnone' }), { error: { code: 'CALL_NOT_FOUND' } });
});

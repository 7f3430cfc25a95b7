// Takes the store away from calls, frozen where it stands and then killed with -9: no call may notice, and all of it is to be written
// down when it is back. Takes seconds of each outage (60 unless given) and calls (20).
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { longTalk, talker } from './lib/long-talk.ts';
import { eventually, type Product, type ProductSite, publicOrigin, startProductSite } from './lib/product-site.ts';
import { spoolBytes } from './lib/spool-bytes.ts';

export type Outage = 'frozen' | 'killed';

export interface OutageOptions {
  readonly seconds: number;
  /** Calls with a conversation, and as many again on which every frame is counted. */
  readonly calls: number;
  /** How much faster than life the people are. */
  readonly scale?: number;
  readonly say?: (line: string) => void;
}

// biome-ignore lint/suspicious/noExplicitAny: the API's answers are looked into field by field
type Json = any;

interface Call {
  readonly id: string;
  readonly sid: string;
  readonly streamSid: string;
  readonly conversationId: string;
}

/** What may wait in memory, by the journal's own count, and what the process may need more meanwhile. */
const allowedJournalBytes = 20 * 1024 * 1024;
const allowedBytes = 64 * 1024 * 1024;
const keys = '12';
const keyedCalls = 2;
const ofTheSession = ['stream-started', 'agent-ready', 'dtmf', 'ending', 'stream-ended'];
const kib = (bytes: number) => `${(bytes / 1024).toFixed(0)} KiB`;
const mib = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

/** One outage of each kind, with calls of their own. Answers what was not as it should be. */
export async function storeOutage(outages: readonly Outage[], options: OutageOptions): Promise<string[]> {
  const { seconds, calls, scale = 1 } = options;
  const site = await startProductSite({
    ...{ scale, recognise: false, callsPerSecond: 100 },
    // An exchange takes some three seconds.
    scenario: longTalk(Math.ceil((seconds * scale) / 2) + 30),
    env: { MAX_CONCURRENT_CALLS: String(4 * calls + keyedCalls), INBOUND_RESERVE: String(calls) },
  });
  const problems: string[] = [];
  try {
    const product = await site.start('lonely');
    site.router.route(() => [product.address]);
    for (const kind of outages) {
      const found = await new Round(site, product, kind, options).play();
      problems.push(...found.map(each => `${kind}: ${each}`));
    }
    problems.push(...site.complaints().map(line => `protocol violation: ${line}`));
    const mistakes = product
      .output()
      .split('\n')
      .filter(line => /"level":(50|60)/.test(line));
    for (const line of mistakes.slice(0, 5)) problems.push(line.slice(0, 400));
  } finally {
    await site.close();
  }
  return problems;
}

/** One outage, with the calls that live through it. */
class Round {
  private readonly site: ProductSite;
  private readonly product: Product;
  private readonly kind: Outage;
  private readonly seconds: number;
  private readonly count: number;
  private readonly say: (line: string) => void;
  private readonly problems: string[] = [];

  constructor(site: ProductSite, product: Product, kind: Outage, { seconds, calls, say = () => {} }: OutageOptions) {
    this.site = site;
    this.product = product;
    this.kind = kind;
    this.seconds = seconds;
    this.count = calls;
    this.say = say;
  }

  async play(): Promise<string[]> {
    const { site, problems, say, kind } = this;
    const { control } = site.carrier;
    const load = this.startLoad();
    const all = await this.talkingCalls(this.count + keyedCalls);
    // Agents answer keys, and not as the script has it: whoever presses some is looked at for the order of events alone.
    const [calls, keyed] = [all.slice(0, this.count), all.slice(this.count)];
    await eventually(() => load().calls.live === this.count && load().state === 'holding', 'the counted calls');
    const before = { memory: residentBytes(this.product), turns: calls.map(call => this.said(call).length) };
    const lostBefore = load().frames.lost;

    if (kind === 'frozen') site.freezeStore(true);
    else await site.killStore();
    // Some people hang up while nobody can write that down.
    const leaving = calls.slice(0, Math.max(1, Math.floor(calls.length / 4)));
    const staying = calls.slice(leaving.length);
    const peak = await this.away(staying, leaving, keyed);
    const refused = site.ask(this.product, 'POST', '/api/calls', { to: '+14155550199', amd: { mode: 'off' } });
    const spoken = calls.map((call, index) => this.said(call).length - before.turns[index]!);

    if (kind === 'frozen') site.freezeStore(false);
    else await site.restartStore();
    const backAt = Date.now();
    await refused.catch(() => undefined);
    await eventually(
      async () => {
        const pending = await this.metric('journal_pending');
        return spoolBytes(site.dataDir) === 0 && (await this.metric('journal_memory_bytes')) === 0 && pending < 50;
      },
      'an empty spool',
      60_000,
    );
    const drainedMs = Date.now() - backAt;

    const after = staying.map(call => this.said(call).length);
    await eventually(
      () => staying.every((call, index) => this.said(call).length > after[index]! + 1),
      'both sides talking on',
    );
    for (const { sid } of [...staying, ...keyed]) control.hangUp(sid);
    control.stopLoad();
    await control.loadFinished();
    await control.idle();
    for (const call of calls) await this.checkTheRecord(call);
    for (const { sid } of keyed) await this.checkTheEvents(sid, keys);
    await this.checkThatNothingIsLeft();

    const { frames, failures, latencyMs } = load();
    const lost = frames.lost - lostBefore;
    if (lost > 0) problems.push(`${lost} frames were lost`);
    for (const [why, times] of Object.entries(failures)) problems.push(`${times} calls failed: ${why}`);
    if (Math.min(...spoken.slice(leaving.length)) < 2) problems.push('a conversation stood still');
    if (peak.journal > allowedJournalBytes) problems.push(`the journal held ${mib(peak.journal)} in memory`);
    if (peak.memory > before.memory + allowedBytes)
      problems.push(`memory grew from ${mib(before.memory)} to ${mib(peak.memory)}`);
    if (peak.spool === 0) problems.push('nothing went to the disk');
    for (const what of ['event', 'turn', 'note']) {
      const entries = await this.metric(`journal_lost_total{kind="${what}"}`);
      if (entries > 0) problems.push(`${entries} entries (${what}) were lost`);
    }
    say(
      `${kind.padEnd(7)} ${this.seconds} s, ${calls.length} conversations and ${this.count} counted calls: ` +
        `${spoken.reduce((sum, each) => sum + each, 0)} turns said meanwhile, at most ${kib(peak.spool)} on the disk and ` +
        `${kib(peak.journal)} of the journal in memory, ${mib(before.memory)} resident before and ${mib(peak.memory)} at most; ` +
        `all written ${drainedMs} ms after its return; frames ${frames.expected}, lost ${frames.lost}, ` +
        `round trip p50 ${latencyMs.roundTrip?.p50} p99 ${latencyMs.roundTrip?.p99} ms`,
    );
    return problems;
  }

  /** Calls whose every frame is counted, for as long as it takes. */
  private startLoad() {
    const { control } = this.site.carrier;
    control.startLoad({
      ...{ calls: this.count, rampSeconds: Math.min(2, this.count / 10), holdSeconds: 3_600, talking: 1 },
      ...{ silence: 'steady', direction: 'inbound' },
      voiceUrl: `${publicOrigin}/voice`,
      statusCallback: `${publicOrigin}/call-status-callback`,
    });
    return () => control.load()!;
  }

  private async talkingCalls(count: number): Promise<Call[]> {
    const { site } = this;
    const { control } = site.carrier;
    const placed: { id: string; sid: string }[] = [];
    for (let number = 0; number < count; number += 1) {
      const to = `+1${['312', '415', '206'][Math.floor(number / 90)]}55501${String(number % 90).padStart(2, '0')}`;
      control.answerNext(talker, to);
      const { status, body } = await site.ask(this.product, 'POST', '/api/calls', { to, amd: { mode: 'off' } });
      if (status !== 201) throw new Error(`a call could not be placed: ${JSON.stringify(body)}`);
      placed.push(body.call);
    }
    return Promise.all(
      placed.map(async ({ id, sid }) => {
        await eventually(async () => (await this.turns(id)).length >= 3, `a conversation on ${sid}`);
        const { body } = await site.ask(this.product, 'GET', `/api/calls/${id}`);
        const { streamSid } = control.call(sid)!;
        return { id, sid, streamSid: streamSid!, conversationId: body.call.conversationId as string };
      }),
    );
  }

  /** What happens while the store is away, and the most that was seen to be held back. */
  private async away(staying: readonly Call[], leaving: readonly Call[], keyed: readonly Call[]) {
    const { control } = this.site.carrier;
    const peak = { memory: 0, journal: 0, spool: 0 };
    const disturbed = new Set<string>();
    const steps = Math.max(4, this.seconds);
    for (let step = 0; step < steps; step += 1) {
      const key = keys[[0, steps - 2].indexOf(step)];
      if (key !== undefined) for (const { sid } of keyed) control.press(sid, key);
      if (step === Math.floor(steps / 2)) for (const { sid } of leaving) control.hangUp(sid);
      await new Promise(resolve => setTimeout(resolve, (this.seconds * 1_000) / steps));
      peak.memory = Math.max(peak.memory, residentBytes(this.product));
      peak.journal = Math.max(peak.journal, await this.metric('journal_memory_bytes'));
      peak.spool = Math.max(peak.spool, spoolBytes(this.site.dataDir));
      for (const { sid, streamSid } of staying) {
        const call = control.call(sid)!;
        if (call.endedAt !== undefined || call.streamSid !== streamSid) disturbed.add(sid);
      }
    }
    for (const sid of disturbed) this.problems.push(`${sid} was disturbed: ${control.call(sid)!.notes.join('; ')}`);
    return peak;
  }

  private async checkTheRecord({ id, sid, conversationId }: Call): Promise<void> {
    const { site, problems } = this;
    const concluded = async () => {
      const { body } = await site.ask(this.product, 'GET', `/api/calls/${id}`);
      return body.call.outcome && body.call;
    };
    const call = await eventually(concluded, `the outcome of ${sid}`, 90_000);
    const expected = {
      ...{ status: 'completed', outcome: 'conversation', resumes: 0, conversationId },
      ...{ terminationSource: 'twilio', terminationReason: 'caller-hung-up' },
    };
    for (const [field, value] of Object.entries(expected)) {
      if (call[field] !== value) problems.push(`${sid}: ${field} is ${call[field]} and not ${value}`);
    }
    const said = this.said({ conversationId });
    const written = (await this.turns(id)).map(turn => turn.text as string);
    // Of the last words before the end the two sides may know more or less.
    const whole = Math.max(said.length, written.length) - 1;
    if (said.slice(0, whole).join(' ') !== written.slice(0, whole).join(' '))
      problems.push(`${sid}: said “${said.join(' ')}”, written “${written.join(' ')}”`);
    await this.checkTheEvents(sid);
  }

  private async checkThatNothingIsLeft(): Promise<void> {
    const { site, product, problems } = this;
    const sessions = await site.ask(product, 'GET', '/api/admin/sessions');
    if (sessions.body.items.length > 0) problems.push('sessions are left');
    const gone = async () => (await site.ask(product, 'GET', '/api/calls?active=true')).body.items.length === 0;
    await eventually(gone, 'the end of every call', 90_000).catch(error => problems.push(String(error)));
  }

  private async checkTheEvents(sid: string, pressed = ''): Promise<void> {
    const { problems } = this;
    const events = await eventually(async () => {
      const { body } = await this.site.ask(this.product, 'GET', `/api/calls/${sid}/events?limit=200`);
      return (body.items as Json[]).some(event => event.type === 'call.ended') && (body.items as Json[]);
    }, `the event of the end of ${sid}`);
    const count = (type: string) => events.filter(event => event.type === type).length;
    for (const once of ['stream-started', 'agent-ready', 'stream-ended', 'call.in-progress', 'call.ended']) {
      if (count(once) !== 1) problems.push(`${sid}: ${count(once)} × ${once}`);
    }
    const digits = events.filter(event => event.type === 'dtmf').map(event => event.data.digit);
    if (digits.join('') !== pressed) problems.push(`${sid}: keys ${pressed}, written ${digits.join('')}`);
    // What the session itself tells goes one way, which keeps its order; what others write of the call may stand between it.
    const told = events.filter(event => ofTheSession.includes(event.type));
    if (told.some((event, index) => index > 0 && event.at < told[index - 1].at))
      problems.push(`${sid}: its events are not in order: ${told.map(event => event.type).join()}`);
  }

  /** What was said, as the agent's side knows it. */
  private said({ conversationId }: Pick<Call, 'conversationId'>): string[] {
    return this.site.agent.control
      .conversation(conversationId)!
      .turns.flatMap(turn => (turn.original ?? turn.message) || []);
  }

  private async turns(id: string): Promise<Json[]> {
    return (await this.site.ask(this.product, 'GET', `/api/calls/${id}/transcript`)).body.turns;
  }

  private async metric(name: string): Promise<number> {
    const { body } = await this.site.ask(this.product, 'GET', '/metrics');
    const line = String(body)
      .split('\n')
      .find(each => each.startsWith(`parley_${name} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  }
}

/** What the kernel counts for the process. */
function residentBytes({ pid }: Product): number {
  const [, kib] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return Number(kib) * 1024;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = await storeOutage(['frozen', 'killed'], {
    seconds: Number(process.argv[2] ?? 60),
    calls: Number(process.argv[3] ?? 20),
    say: line => console.log(line),
  });
  for (const problem of problems) console.log(problem);
  console.log(`${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

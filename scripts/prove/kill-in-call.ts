// Kills the process that bridges a call with -9, again and again, and looks at how the call goes on: what the caller hears, what the
// next agent knows, what is written down, and how long it takes. Takes the number of kills (10 unless given), or --sample for 3.
import { fileURLToPath } from 'node:url';
import { longTalk, talker } from './lib/long-talk.ts';
import { eventually, type Product, type ProductSite, startProductSite } from './lib/product-site.ts';
import { spoolBytes } from './lib/spool-bytes.ts';

/**
 * `another`: a second process takes the call. `restarted`: the same one comes back. `spooled`: it comes back, and the store was
 * away before it died. `often`: whoever has the call dies, until it may not be resumed any more. `agent`: it is the agent's
 * connection that dies, and the process lives.
 */
export const kills = ['another', 'restarted', 'spooled', 'often', 'agent'] as const;
export type Kill = (typeof kills)[number];

interface Times {
  /** From the kill until the carrier asked what to do. */
  readonly pausedMs: number;
  /** From the moment at which the question could be answered until the stream, or the agent, is back. */
  readonly backMs: number;
  /** From that moment until the agent speaks again. */
  readonly soundMs: number;
  /** From the kill until the agent speaks again. */
  readonly silenceMs: number;
}

/** How one call went on. Times in milliseconds. */
export interface KillReport extends Times {
  readonly kind: Kill;
  /** What is not as it should be. */
  readonly problems: string[];
}

const callee = '+12125550121';
/** From a process that can be reached to one that has resumed; from an agent that is lost to one that is there. */
const processTargetMs = 3_000;
const agentTargetMs = 2_000;
// biome-ignore lint/suspicious/noExplicitAny: the API's answers are looked into field by field
type Json = any;

export interface KillOptions {
  readonly scale?: number;
  readonly say?: (line: string) => void;
}

/** One call after the other, each with the death of its process in the middle. */
export async function killInCall(order: readonly Kill[], { scale = 1, say = () => {} }: KillOptions = {}) {
  // One place in all: a place that were lost with its process would keep the next call from being placed.
  // They have more to say than any round takes: whose script ends, ends the call.
  const scenario = longTalk(200);
  const site = await startProductSite({ scale, scenario, env: { MAX_CONCURRENT_CALLS: '1', INBOUND_RESERVE: '0' } });
  const reports: KillReport[] = [];
  try {
    let [first, second] = await Promise.all([site.start('a'), site.start('b')]);
    for (const [round, kind] of order.entries()) {
      const run = new Round(site, kind, first, second);
      const report = await run.play();
      [first, second] = await run.survivors();
      reports.push(report);
      say(
        `${String(round + 1).padStart(3)} ${kind.padEnd(9)} asked after ${report.pausedMs} ms, back ${report.backMs} ms later, ` +
          `agent heard ${report.soundMs} ms later, ${report.silenceMs} ms after the kill${report.problems.map(each => `\n      ${each}`).join('')}`,
      );
    }
    for (const line of site.complaints()) reports.at(-1)?.problems.push(`protocol violation: ${line}`);
  } finally {
    await site.close();
  }
  return reports;
}

/** One call whose process is killed. */
class Round {
  private readonly site: ProductSite;
  private readonly kind: Kill;
  /** Who has the call now, and who else is there. */
  private holder: Product;
  private other: Product;
  private readonly problems: string[] = [];
  private readonly spares: Product[] = [];
  private conversationId = '';
  private coming: Promise<Product> | null = null;

  constructor(site: ProductSite, kind: Kill, holder: Product, other: Product) {
    this.site = site;
    this.kind = kind;
    this.holder = holder;
    this.other = other;
  }

  async play(): Promise<KillReport> {
    const { site, kind } = this;
    site.router.route(() => [this.holder.address]);
    // Nobody waits for a process to start while a conversation goes on that is to be cut four times.
    if (kind === 'often') this.spares.push(...(await Promise.all(['c', 'd', 'e'].map(name => site.start(name)))));
    site.carrier.control.answerNext(talker, callee);
    const placed = await site.ask(this.holder, 'POST', '/api/calls', { to: callee, amd: { mode: 'off' } });
    if (placed.status !== 201) throw new Error(`a call could not be placed: ${JSON.stringify(placed.body)}`);
    const { id, sid } = placed.body.call as { id: string; sid: string };
    await this.spoken(id, 3);
    this.conversationId = site.agent.control.conversations()[0]!.id;
    const told =
      kind === 'spooled'
        ? await this.speakIntoTheSpool()
        : (await this.turns(id)).map(turn => turn.heardText ?? turn.text);

    const times = kind === 'agent' ? await this.killAgent(sid) : await this.killHolder(sid);
    if (kind === 'often') {
      for (let again = 0; again < 2; again += 1) {
        await this.agentReady(id, again + 2);
        await this.killHolder(sid);
      }
      await this.agentReady(id, 4);
    } else {
      await this.refusesASecondCall();
    }
    await this.checkTheNextAgent(told);

    if (kind === 'often') {
      await this.killHolder(sid, false);
    } else {
      // The conversation goes on: both are heard again.
      const before = (await this.turns(id)).length;
      await eventually(async () => {
        const after = (await this.turns(id)).slice(before - 1).map(turn => turn.role);
        return after.includes('caller') && after.includes('agent');
      }, 'both sides being heard again');
      site.carrier.control.hangUp(sid);
    }
    await this.checkTheRecord(id, sid);
    return { kind, ...times, problems: this.problems };
  }

  /** The processes with which the next call begins; the one that has just proved itself is first. */
  async survivors(): Promise<[Product, Product]> {
    const back = await this.coming;
    return [this.holder, back ?? this.other];
  }

  private async killHolder(sid: string, comesBack = true): Promise<Times> {
    const { site } = this;
    const victim = this.holder;
    const { streamSid } = site.carrier.control.call(sid)!;
    const seen = site.router.passed.length;
    await this.coming;
    const restarts = this.kind === 'restarted' || this.kind === 'spooled';
    let reachableAt = Date.now();
    const next = restarts
      ? victim.kill().then(() => {
          site.freezeStore(false);
          return site.start(victim.name);
        })
      : Promise.resolve(this.other);
    const killedAt = Date.now();
    site.router.route(async () => [(await next).address]);
    if (!restarts) {
      await victim.kill();
      const spare = this.spares.shift();
      if (spare) this.other = spare;
      else {
        this.coming = site.start(victim.name);
        this.coming.then(back => {
          this.other = back;
        });
      }
    }
    this.holder = await next;
    if (restarts) reachableAt = Date.now();
    const request = (path: string) => site.router.passed.slice(seen).find(each => each.path === path);
    const asked = await eventually(() => request('/stream-ended'), 'the carrier’s question');
    if (!comesBack) return { pausedMs: 0, backMs: 0, soundMs: 0, silenceMs: 0 };
    const stream = await eventually(() => request('/media-stream'), 'another stream');
    const soundAt = await eventually(() => {
      const call = site.carrier.control.call(sid)!;
      if (call.endedAt !== undefined) throw new Error(`the caller’s leg was dropped: ${call.notes.join('; ')}`);
      return call.streamSid !== streamSid && call.queuedMs > 0 && Date.now();
    }, 'the agent’s voice');
    const from = Math.max(asked.at, reachableAt);
    const times = {
      pausedMs: asked.at - killedAt,
      backMs: Math.max(0, stream.at - from),
      soundMs: soundAt - from,
      silenceMs: soundAt - killedAt,
    };
    if (times.soundMs > processTargetMs) this.problems.push(`the agent was heard only after ${times.soundMs} ms`);
    return times;
  }

  /** The agent's connection dies without a word, as connections do. */
  private async killAgent(sid: string): Promise<Times> {
    const { site } = this;
    const { streamSid } = site.carrier.control.call(sid)!;
    site.agent.control.end(this.conversationId, { code: 1006 });
    const killedAt = Date.now();
    const readyAt = await eventually(
      () => site.agent.control.conversations()[0]!.id !== this.conversationId && Date.now(),
      'another conversation',
    );
    const soundAt = await eventually(() => site.carrier.control.call(sid)!.queuedMs > 0 && Date.now(), 'its voice');
    if (site.carrier.control.call(sid)!.streamSid !== streamSid) this.problems.push('the caller’s stream was replaced');
    const backMs = readyAt - killedAt;
    if (backMs > agentTargetMs) this.problems.push(`the agent was back only after ${backMs} ms`);
    return { pausedMs: 0, backMs, soundMs: soundAt - killedAt, silenceMs: soundAt - killedAt };
  }

  /** The store goes away, the conversation goes on, and what was said lies on the disk when the process dies. */
  private async speakIntoTheSpool(): Promise<string[]> {
    const { site } = this;
    const before = this.saidSoFar().length;
    site.freezeStore(true);
    await eventually(() => {
      return this.saidSoFar().length >= before + 2 && spoolBytes(site.dataDir) > 0;
    }, 'two turns more while the store is away');
    const said = this.saidSoFar();
    // The line that is being written may have begun before the last words.
    for (let line = 0; line < 2; line += 1) {
      const size = spoolBytes(site.dataDir);
      await eventually(() => spoolBytes(site.dataDir) > size, 'the next line of the spool');
    }
    return said;
  }

  /** What was told within the last quarter of a second dies with its process, so this is waited for. */
  private async agentReady(id: string, times: number): Promise<void> {
    await eventually(async () => {
      const { body } = await this.site.ask(this.holder, 'GET', `/api/calls/${id}/events?limit=200`);
      return body.items.filter((event: Json) => event.type === 'agent-ready').length >= times;
    }, `agent number ${times} being written down`);
  }

  /** The dead process’s place was taken over, and not given away. */
  private async refusesASecondCall(): Promise<void> {
    const refused = await this.site.ask(this.holder, 'POST', '/api/calls', {
      to: '+14155550133',
      amd: { mode: 'off' },
    });
    if (refused.body.error?.code !== 'CALLS_FULL') {
      this.problems.push(
        `a second call beside the only one allowed: ${refused.status} ${JSON.stringify(refused.body)}`,
      );
    }
  }

  private async checkTheNextAgent(told: string[]): Promise<void> {
    const { agent } = this.site;
    const [latest] = agent.control.conversations();
    const reply = await fetch(`${agent.baseUrl}/v1/convai/conversations/${latest!.id}`, {
      headers: { 'xi-api-key': agent.apiKey },
    });
    const document = (await reply.json()) as Json;
    const variable = String(document.conversation_initiation_client_data.dynamic_variables.conversation_so_far ?? '');
    const context = agent.control.conversation(latest!.id)!.context.join('\n');
    // A caller who talks into it cuts the rest off, and on a machine that stood still for a moment all of it.
    const nothingHeard = /^You: +\[cut off here\]$/m;
    const beginning = this.site.scenario.agents[0]!.firstMessage.slice(0, 40);
    for (const [where, text] of [
      ['dynamic variable', variable],
      ['contextual update', context],
    ] as const) {
      if (!text.includes(beginning) && !nothingHeard.test(text))
        this.problems.push(`the ${where} does not tell what was said: ${text}`);
      // What was being said when the process died may be missing its last quarter of a second.
      for (const words of told.slice(0, -1)) {
        if (!text.includes(words)) this.problems.push(`the ${where} lacks “${words}”`);
      }
    }
  }

  private async checkTheRecord(id: string, sid: string): Promise<void> {
    const { site, kind, problems } = this;
    await site.carrier.control.idle();
    const call = await eventually(async () => {
      const { body } = await site.ask(this.holder, 'GET', `/api/calls/${id}`);
      return body.call.outcome && body.call;
    }, 'the call’s outcome');
    const resumes = kind === 'often' ? 3 : kind === 'agent' ? 0 : 1;
    const expected = {
      status: 'completed',
      outcome: 'conversation',
      resumes,
      terminationSource: kind === 'often' ? 'websocket' : 'twilio',
      terminationReason: kind === 'often' ? 'stream-lost' : 'caller-hung-up',
    };
    for (const [field, value] of Object.entries(expected)) {
      if (call[field] !== value) problems.push(`${field} is ${call[field]} and not ${value}`);
    }
    if (!call.firstTurn) problems.push('the first sentence was not checked');
    // Its last event is written a moment after the end.
    const body = await eventually(async () => {
      const answer = await site.ask(this.holder, 'GET', `/api/calls/${id}/events?limit=200`);
      return answer.body.items.some((event: Json) => event.type === 'call.ended') && answer.body;
    }, 'the event of the end');
    const count = (type: string) => body.items.filter((event: Json) => event.type === type).length;
    for (const [type, times] of Object.entries({
      'call.in-progress': 1,
      'stream.started': resumes + 1,
      'stream.lost': resumes,
      'agent-ready': resumes + 1,
      'agent-lost': kind === 'agent' ? 1 : 0,
      'agent-reopened': kind === 'agent' ? 1 : 0,
      'call.ended': 1,
    })) {
      if (count(type) !== times) problems.push(`${count(type)} × ${type} and not ${times}`);
    }
    const { heard, notes } = site.carrier.control.call(sid)!;
    const greeting = site.scenario.agents[0]!.firstClip.id;
    const greetings = heard.filter(each => each.clipId === greeting).length;
    if (greetings !== 1) problems.push(`the first message was heard ${greetings} times: ${notes.join('; ')}`);
    const texts = (await this.turns(id)).map(turn => `${turn.role}: ${turn.text}`);
    const { firstMessage } = site.scenario.agents[0]!;
    const twice = texts.filter((text, index) => texts.indexOf(text) !== index && text.includes(firstMessage));
    if (twice.length > 0) problems.push(`written twice: ${twice.join('; ')}`);
    if (kind === 'spooled') this.checkTheSpool(body.items, texts);
    for (const product of await this.survivors()) {
      const sessions = await site.ask(product, 'GET', '/api/admin/sessions');
      if (sessions.body.items.length > 0) problems.push(`process ${product.name} still holds a session`);
    }
  }

  /** What the dead process had put on the disk is in the call's record now. */
  private checkTheSpool(events: Json[], texts: string[]): void {
    const recovered = JSON.stringify(events.filter(event => event.type === 'transcript.turn-recovered'));
    for (const message of this.saidSoFar().slice(0, -1)) {
      if (!texts.some(text => text.includes(message)) && !recovered.includes(message)) {
        this.problems.push(`said and not written: ${message} (written: ${texts.join(' | ')})`);
      }
    }
    if (spoolBytes(this.site.dataDir) > 0) this.problems.push('something is left in the spool');
  }

  /** What was said with the first agent, as that one knows it. */
  private saidSoFar(): string[] {
    const first = this.site.agent.control.conversations().find(each => each.id === this.conversationId);
    return first!.turns.flatMap(turn => turn.message ?? []);
  }

  private async turns(id: string): Promise<Json[]> {
    const { body } = await this.site.ask(this.other, 'GET', `/api/calls/${id}/transcript`);
    return body.turns;
  }

  private spoken(id: string, count: number): Promise<boolean> {
    return eventually(async () => (await this.turns(id)).length >= count, `${count} turns`);
  }
}

const median = (values: number[]): number => values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sample = process.argv[2] === '--sample';
  const count = Number(process.argv[2] ?? 10);
  const order: Kill[] = sample
    ? ['another', 'spooled', 'agent']
    : Array.from({ length: count }, (_, number) => kills[number % kills.length]!);
  const reports = await killInCall(order, { say: line => console.log(line) });
  const problems = reports.flatMap(each => each.problems);
  const figures = (what: string, values: number[], targetMs: number) =>
    values.length > 0 &&
    console.log(
      `${what}: ${median(values)} ms (median of ${values.length}), ${Math.max(...values)} ms (longest), target ${targetMs} ms`,
    );
  const [agents, processes] = [true, false].map(agent => reports.filter(({ kind }) => (kind === 'agent') === agent));
  figures(
    'agent heard again after a process could be asked',
    processes!.map(each => each.soundMs),
    processTargetMs,
  );
  figures(
    'agent there again after its connection died',
    agents!.map(each => each.backMs),
    agentTargetMs,
  );
  console.log(`${reports.length} calls, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

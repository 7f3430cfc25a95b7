import { AppError } from '../errors.ts';
import type { CallListener, HeldLine, LetGo, Listening, PersonLine, PersonView } from '../handoff/handoff.types.ts';
import { instructions } from './agent-instructions-contract.ts';
import type { AgentSide } from './agent-side.ts';
import type { CallMeter, LivePeople, SessionPerson } from './bridge.types.ts';
import { Microphone } from './microphone.ts';
import type { SessionCore } from './session-core.ts';
import { SessionEars, viewOf } from './session-ears.ts';
import type { SessionEnding } from './session-ending.ts';

/** Somebody whose microphone is silent for so long is gone. With it, the agent is back within two seconds. */
const lineLostMs = 1_500;
/** How long an agent that was lost meanwhile may take to come back before the person keeps the call. */
const returnMs = 6_000;

/** One person who has the call. */
interface Holder extends SessionPerson {
  readonly line: PersonLine;
  readonly microphone: Microphone;
  readonly view: PersonView;
  readonly since: number;
  readonly place: number;
  readonly stopHearing: () => void;
  /** What the caller said since, as the agent understood it. */
  readonly callerSaid: string[];
  newestEvent: number;
  endHandBack: ((error: AppError | null) => void) | null;
  note: string | undefined;
  handBackUntil: number;
}

/** People beside the agent: who listens, who speaks in its place, and how the call goes from one to the other. */
export class SessionPeople implements LivePeople {
  private readonly core: SessionCore;
  private readonly agentSide: AgentSide;
  private readonly ending: SessionEnding;
  private readonly ears: SessionEars;
  private holder: Holder | null = null;
  private limitToldAt: number | null = null;

  constructor(core: SessionCore, agentSide: AgentSide, ending: SessionEnding) {
    this.core = core;
    this.agentSide = agentSide;
    this.ending = ending;
    this.ears = new SessionEars(core, () => this.changed());
  }

  view(): readonly PersonView[] {
    const { holder } = this;
    const listening = this.ears.people.filter(each => each.id !== holder?.view.id);
    return holder ? [...listening, holder.view] : listening;
  }

  listen(who: CallListener & Pick<PersonLine, 'who'>): Listening {
    this.refuseEnded();
    return this.ears.listen(who);
  }

  meter(): CallMeter {
    return this.ears.meter();
  }

  whisper(who: PersonLine['who'], text: string): void {
    this.refuseEnded();
    if (this.holder) {
      throw new AppError(
        'CALL_CANNOT',
        'A person speaks on this call now; the agent gets a note when it is handed back.',
      );
    }
    this.agentSide.whisper(instructions.whisper(who.label, text));
    this.core.event('whisper', 'api', { by: who.label, text });
  }

  takeOver(line: PersonLine): HeldLine {
    this.refuseEnded();
    const { core, agentSide, holder: before } = this;
    const { who } = line;
    if (before && before.who.id !== who.id) throw takenBy(before.view);
    if (!core.stream) {
      throw new AppError(
        'CALL_CANNOT',
        'The caller’s line is broken at this moment; the agent waits for it. Try again.',
      );
    }
    const now = core.parts.clock.now();
    if (before) this.release('taken-by-other', now);
    // From here on nothing of the agent reaches the caller.
    core.agent.clear(now);
    core.turns.write(now);
    const holder: Holder = {
      who,
      line,
      microphone: new Microphone(core.agent, now),
      view: viewOf(who, 'speaking', core),
      since: now,
      place: core.log.personBegan(who.label, now),
      stopHearing: this.ears.hear(line, true),
      callerSaid: [],
      newestEvent: -1,
      endHandBack: null,
      note: undefined,
      handBackUntil: 0,
      heardCaller: text => void holder.callerSaid.push(text),
      droppedAudio: eventId => {
        holder.newestEvent = Math.max(holder.newestEvent, eventId);
      },
      agentReplaced: () => {
        holder.newestEvent = -1;
      },
    };
    this.holder = holder;
    core.person = holder;
    agentSide.paused(who.label);
    core.event('taken-over', 'api', { by: who.label, since: holder.view.since });
    this.changed();
    return {
      speak: (seq, mulaw) => {
        if (this.holder === holder && core.stream) holder.microphone.push(seq, mulaw, core.parts.clock.now());
        else if (this.holder === holder) holder.microphone.heardAt = core.parts.clock.now();
      },
      stop: () => {
        if (this.holder === holder) this.loseLine(holder, core.parts.clock.now());
      },
    };
  }

  handBack(who: PersonLine['who'], note?: string): Promise<void> {
    const { holder, core, agentSide } = this;
    this.refuseEnded();
    if (!holder) return Promise.reject(new AppError('CALL_NOT_YOURS', 'Nobody has taken this call: the agent has it.'));
    if (holder.who.id !== who.id) return Promise.reject(notYours(holder.view));
    const now = core.parts.clock.now();
    holder.note = note;
    if (agentSide.state === 'ready') {
      this.giveBack(holder, 'handed-back', now);
      return Promise.resolve();
    }
    // The person keeps the line until the agent is there.
    holder.handBackUntil = now + returnMs;
    agentSide.comeBack();
    return new Promise((resolve, reject) => {
      holder.endHandBack?.(new AppError('CALL_CANNOT', 'Another hand-back took the place of this one.'));
      holder.endHandBack = error => (error ? reject(error) : resolve());
    });
  }

  /** The person who has the call, for whoever acts on it in their name. */
  get speaker(): PersonView | null {
    return this.holder?.view ?? null;
  }

  look(now: number): void {
    const { holder, core, agentSide } = this;
    core.tap?.look(now);
    if (!holder) return;
    holder.microphone.look(now);
    if (holder.endHandBack && agentSide.state === 'ready') {
      this.giveBack(holder, 'handed-back', now);
      return;
    }
    if (holder.endHandBack && (agentSide.state === 'closed' || now >= holder.handBackUntil)) {
      const end = holder.endHandBack;
      holder.endHandBack = null;
      core.event('hand-back-failed', 'system', { by: holder.who.label });
      end(new AppError('ENGINE_UNAVAILABLE', 'The agent cannot be reached; you still have the call.'));
    }
    if (now - holder.microphone.heardAt >= lineLostMs) this.loseLine(holder, now);
  }

  /** The call has a minute left; whoever speaks has to know, since no agent brings it to an end. */
  limitNear(endsAt: number): void {
    this.limitToldAt = endsAt;
    if (this.holder) this.changed();
  }

  /** The call goes on without this session, or is over. */
  close(why: LetGo, now: number): void {
    const { holder, core } = this;
    if (holder) {
      this.holder = null;
      core.person = null;
      core.log.personEnded(holder.place, now);
      holder.endHandBack?.(new AppError('CALL_ENDED', 'The call ended before the agent had it again.'));
    }
    const hadPeople = holder !== null || this.ears.people.length > 0;
    this.ears.close(why, now);
    if (hadPeople) this.changed();
  }

  // ---- from one to the other ----

  private loseLine(holder: Holder, now: number): void {
    holder.endHandBack?.(new AppError('CALL_CANNOT', 'Your line was lost; the agent has the call.'));
    holder.endHandBack = null;
    if (this.agentSide.state === 'closed') this.agentSide.comeBack();
    this.giveBack(holder, 'line-lost', now);
  }

  private giveBack(holder: Holder, why: 'handed-back' | 'line-lost', now: number): void {
    const { core, agentSide } = this;
    const { note, callerSaid, endHandBack, who } = holder;
    holder.endHandBack = null;
    this.release(why, now);
    core.event(why, why === 'line-lost' ? 'system' : 'api', {
      by: who.label,
      afterMs: Math.round(now - holder.since),
      dropped: holder.microphone.dropped,
      ...(note ? { note } : {}),
    });
    if (!this.ending.decided) {
      agentSide.resumed(
        instructions.backFromPerson({ name: who.label, note, callerSaid, lost: why === 'line-lost' }),
        instructions.goOn,
      );
    }
    endHandBack?.(null);
    this.changed();
  }

  private release(why: LetGo, now: number): void {
    const { holder, core } = this;
    if (!holder) return;
    holder.endHandBack?.(new AppError('CALL_CANNOT', 'This hand-back was overtaken: you took the call again.'));
    this.holder = null;
    core.person = null;
    core.log.personEnded(holder.place, now);
    if (holder.newestEvent >= 0) core.agent.skip(holder.newestEvent);
    else core.agent.ledger.seal();
    core.silence.callerHeard(now);
    holder.stopHearing();
    holder.line.stopped(why);
  }

  private refuseEnded(): void {
    if (this.ending.decided) throw new AppError('CALL_ENDED', 'This call is over or being ended.');
  }

  private changed(): void {
    const { core, limitToldAt } = this;
    const endsAt = limitToldAt === null || !this.holder ? null : new Date(limitToldAt).toISOString();
    core.parts.peopleChanged?.({ callId: core.plan.callId, callSid: core.plan.callSid, people: this.view(), endsAt });
  }
}

const takenBy = (view: PersonView): AppError =>
  new AppError('CALL_TAKEN', `${view.name} took this call before you.`, {
    details: { person: { id: view.id, name: view.name }, since: view.since },
  });

const notYours = (view: PersonView): AppError =>
  new AppError('CALL_NOT_YOURS', `${view.name} has this call, and alone can hand it back.`, {
    details: { person: { id: view.id, name: view.name }, since: view.since },
  });

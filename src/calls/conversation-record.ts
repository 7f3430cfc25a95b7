import type { ConversationReport } from '../engines/conversation-contract.ts';

/** What is kept on a call of one conversation that its agent had. A lost agent that was opened again has several. */
export interface ConversationNote
  extends Pick<
    ConversationReport,
    'startedAt' | 'durationSeconds' | 'language' | 'title' | 'summary' | 'success' | 'criteria' | 'collected'
  > {
  readonly id: string;
  readonly state: 'done' | 'failed';
  /** Decimal text. */
  readonly amount: string | null;
  readonly currency: string;
  readonly credits: number | null;
}

/** What the vendor made of the whole call. */
export interface CallAnalysis {
  readonly title: string | null;
  readonly success: 'success' | 'failure' | 'unknown' | null;
  readonly criteria: ConversationReport['criteria'];
  readonly collected: ConversationReport['collected'];
  readonly language: string | null;
}

export function noteOf(report: ConversationReport): ConversationNote {
  const { conversationId: id, turns: _turns, callId: _callId, cost, state, ...said } = report;
  return { id, state: state === 'failed' ? 'failed' : 'done', ...said, ...cost };
}

/** The notes with this one in its place: the same conversation told again replaces what was known of it. */
export function withNote(notes: readonly ConversationNote[], note: ConversationNote): ConversationNote[] {
  const others = notes.filter(({ id }) => id !== note.id);
  const startOf = ({ startedAt }: ConversationNote) => startedAt?.getTime() ?? 0;
  return [...others, note].sort((one, other) => startOf(one) - startOf(other));
}

/** One summary and one analysis of all conversations: what is told of one thing twice counts as the last one told it. */
export function analysisOf(notes: readonly ConversationNote[]): {
  summary: string | null;
  analysis: CallAnalysis | null;
} {
  if (notes.length === 0) return { summary: null, analysis: null };
  const last = <T>(pick: (note: ConversationNote) => T | null): T | null =>
    notes.reduce<T | null>((found, note) => pick(note) ?? found, null);
  const byId = <T extends { readonly id: string }>(lists: readonly (readonly T[])[]): T[] => [
    ...new Map(lists.flat().map(each => [each.id, each])).values(),
  ];
  const summaries = notes.flatMap(({ summary }) => summary ?? []);
  return {
    summary: summaries.length > 0 ? summaries.join('\n\n') : null,
    analysis: {
      title: last(({ title }) => title),
      success: last(({ success }) => success),
      criteria: byId(notes.map(({ criteria }) => criteria)),
      collected: byId(notes.map(({ collected }) => collected)),
      language: last(({ language }) => language),
    },
  };
}

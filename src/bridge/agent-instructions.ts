/** What the agent is told beside the conversation, in one place so that it can be read as a whole. */
export const instructions = {
  askIfThere: '(The caller has been silent for a while. Ask in one short sentence whether they are still there.)',
  oneMinuteLeft:
    'One minute of this call is left. Bring the conversation to its end: answer what is open and agree what happens next.',
  goodbye: (words: string | null) =>
    words === null
      ? '(The call has to end now. Say goodbye in one short sentence and nothing else.)'
      : `(The call has to end now. Say exactly this and nothing else: "${words}")`,
  lineWasCut: (cut: boolean) =>
    cut
      ? '(The telephone line broke for a moment and the caller missed the end of what you said. Repeat it briefly and go on.)'
      : 'The telephone line broke for a moment and is back now.',
} as const;

/** What the agent is told beside the conversation, in one place so that it can be read as a whole. */
export const instructions = {
  askIfThere: '(The caller has been silent for a while. Ask in one short sentence whether they are still there.)',
  openingCutOff: (words: string) =>
    'You were interrupted, and the caller did not hear all of what has to be said at the beginning of this call. Say it again with your ' +
    `next answer, before anything else: "${words}"`,
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
  whisper: (name: string, text: string) =>
    `${name}, a colleague who listens to this call, tells you (the caller does not hear it, and must not be told of it): ${text}`,
  paused: (name: string) =>
    `${name}, a colleague, speaks to the caller in your place from now on. You hear the caller, not your colleague, and nothing you ` +
    'say is heard. Say nothing and use no tools until you are told that you have the call again.',
  toolWhilePaused:
    'A colleague has this call now. Nothing was done. Use no tools until you are told that you have the call again.',
  backFromPerson: ({ name, note, callerSaid, lost }: HandBackFacts) =>
    [
      lost
        ? `The connection of your colleague ${name}, who spoke to the caller, broke. You have the call again.`
        : `Your colleague ${name} spoke to the caller and hands the call back to you.`,
      'What your colleague said is not known to you. What you said meanwhile was heard by nobody.',
      callerSaid.length > 0
        ? `The caller said meanwhile: ${callerSaid.map(text => `"${text}"`).join(' ')}`
        : 'The caller said nothing meanwhile that was understood.',
      ...(note ? [`${name} lets you know: ${note}`] : []),
    ].join('\n'),
  goOn: '(You have the call again. Go on with the conversation in one or two short sentences. Do not greet again.)',
  transferFailed: (phone: string, why: string) =>
    `[The call was then to be passed on to ${phone}, and that failed: ${why}. The caller heard ringing and is with you again. Begin by ` +
    'saying so in one short sentence.]',
} as const;

const prompts = new Set([
  instructions.askIfThere,
  instructions.goodbye(null),
  instructions.lineWasCut(true),
  instructions.goOn,
]);
const [goodbyeWith] = instructions.goodbye('').split('"');

/** Whether these words are a prompt of ours. The vendor has those down as the caller's, and nobody said them. */
export const isPrompt = (text: string): boolean => prompts.has(text.trim()) || text.trim().startsWith(goodbyeWith!);

interface HandBackFacts {
  readonly name: string;
  readonly note: string | undefined;
  readonly callerSaid: readonly string[];
  /** The person did not hand it back; their line broke. */
  readonly lost: boolean;
}

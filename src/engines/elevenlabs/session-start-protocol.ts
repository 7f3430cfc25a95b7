import type { AgentCallContext, EngineOverrides } from '../engine-contract.ts';
import type { Initiation } from './elevenlabs-protocol.ts';

/** Initiation variable that carries our attempt id, so that a conversation is found again although its answer was lost. */
export const callIdVariable = 'parley_call_id';

/** More would crowd out what the agent is told of its work; the end of a conversation matters most. */
const longestHistory = 8_000;

const permits = ({ agent }: AgentCallContext, field: keyof EngineOverrides): boolean =>
  agent.permitted?.includes(field) ?? true;

/** Fields that the record replaces although the vendor does not permit it any more: sent, they would end the session. */
export const leftOutOverrides = (context: AgentCallContext): string[] =>
  Object.keys(context.overrides ?? {}).filter(field => !permits(context, field as keyof EngineOverrides));

/** The first message of a session: what is replaced, what the agent may mention, and whose call it is. */
export function sessionInitiation(context: AgentCallContext): Initiation {
  const { overrides = {}, variables, callId, userId, resume } = context;
  const allowed = Object.fromEntries(
    Object.entries(overrides).filter(([field]) => permits(context, field as keyof EngineOverrides)),
  );
  return {
    // An agent with nothing to say first waits: whoever was cut off is not greeted a second time.
    overrides: { ...allowed, ...(resume && knownToPermit(context) ? { firstMessage: '' } : {}) },
    variables: {
      ...variables,
      ...(resume ? { conversation_so_far: historyOf(resume) } : {}),
      [callIdVariable]: callId,
    },
    userId: userId ?? callId,
  };
}

const knownToPermit = ({ agent }: AgentCallContext): boolean => agent.permitted?.includes('firstMessage') ?? false;

const historyOf = ({ conversation }: NonNullable<AgentCallContext['resume']>): string =>
  conversation.length <= longestHistory ? conversation : `…${conversation.slice(-longestHistory)}`;

/** Whether a resumed session would begin with a greeting that could not be left out. */
export const greetsAgain = (context: AgentCallContext): boolean =>
  context.resume !== undefined && !knownToPermit(context) && context.agent.firstMessage !== null;

/** What a resumed agent is told, and what makes it go on. */
export const resumeTexts = (resume: NonNullable<AgentCallContext['resume']>) => ({
  context: `This call goes on after a short technical interruption. It was said so far:\n${historyOf(resume)}\nDo not greet or introduce yourself again.`,
  prompt: '(The line was silent for a moment. Go on where you were, without greeting again.)',
});

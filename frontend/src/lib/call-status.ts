/** The shape that marks a call which has no outcome yet. */
export const markOfStatus = (status: string): 'running' | 'ringing' | 'idle' =>
  status === 'in-progress' ? 'running' : status === 'ringing' ? 'ringing' : 'idle';

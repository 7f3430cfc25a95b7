/** When calls come next, or why none do; said where nobody is on the line and where nobody was called yet. */
export const nextCallsText = {
  stopped: 'Calling is stopped: nobody is dialled until it is allowed again.',
  allow: 'See since when, and allow calling again',
  nothingRuns: (paused: number) =>
    paused === 0
      ? 'No campaign is running.'
      : `No campaign is running, and ${paused === 1 ? '1 is' : `${paused} are`} paused or stopped by an error.`,
  showPaused: 'Show paused campaigns',
  nobodyWaits: 'Nobody waits in the campaigns that run.',
  soon: 'Next calls: in a moment,',
  later: (when: string, there: string | null) => `Next calls: ${when}${there ? ` (${there})` : ''},`,
  /** Those who are due wait for their own hours, and only some of them were looked at. */
  about: (when: string, there: string | null) =>
    `Next calls as soon as people’s local hours allow: about ${when}${there ? ` (${there})` : ''},`,
  there: (time: string, place: string) => `${time} in ${place}`,
};

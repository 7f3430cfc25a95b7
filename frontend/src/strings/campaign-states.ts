/** A campaign's states as every page names them. */
export const campaignStates = {
  idle: 'Not started',
  starting: 'Starting…',
  running: 'Running',
  pausing: 'Pausing…',
  paused: 'Paused',
  resuming: 'Resuming…',
  completed: 'Completed',
  error: 'Stopped by an error',
  stopped: 'Stopped',
};

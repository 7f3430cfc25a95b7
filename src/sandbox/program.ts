/** What the twins share when each runs as a program of its own. */

/** A whole number given on the command line, or an error that names the option. */
export function whole(name: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new Error(`${name} ${text}: expected a whole number from ${least} to ${most}`);
  return value;
}

export function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1_000)) throw new Error(`${name} ${text}: expected a number above 0 and at most 1000`);
  return value;
}

/** Ends the twin in order on Ctrl-C and SIGTERM, once. */
export function closeOnSignals(twin: { close(): Promise<void> }): void {
  let closing = false;
  const stop = () => {
    if (closing) return;
    closing = true;
    void twin.close();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/** Runs a program's main function; what goes wrong is told together with how to use it. */
export function run(main: () => Promise<void>, usage: string): void {
  main().catch((error: Error) => {
    console.error(`${error.message}\n\n${usage}`);
    process.exitCode = 1;
  });
}

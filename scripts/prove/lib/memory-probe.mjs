// Loaded into a process whose memory is watched: on SIGUSR2 it collects its garbage and says on stderr what is left.
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.stderr.write(`memory ${JSON.stringify({ rss, heapUsed, external })}\n`);
});

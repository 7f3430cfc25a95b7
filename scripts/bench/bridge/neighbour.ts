// Keeps a core busy for as long as its parent lives: what it is given of the core, by its priority, the bridge does not have.
process.on('disconnect', () => process.exit());

function spin(): void {
  const until = performance.now() + 20;
  while (performance.now() < until);
  setImmediate(spin);
}

process.send?.({ result: process.pid });
spin();

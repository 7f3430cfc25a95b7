type Tick = (now: number) => void;

const listeners = new Set<Tick>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** One clock for everything that ticks: once a second, on the second, for as long as anybody looks. */
export function onSecond(tick: Tick): () => void {
  listeners.add(tick);
  if (listeners.size === 1) arm();
  return () => {
    listeners.delete(tick);
    if (listeners.size === 0) clearTimeout(timer);
  };
}

function arm() {
  timer = setTimeout(
    () => {
      const now = Date.now();
      for (const tick of [...listeners]) tick(now);
      if (listeners.size > 0) arm();
    },
    1_000 - (Date.now() % 1_000),
  );
}

/**
 * Ends as `work` does, or, when that takes longer than this, with what `late` returns or throws. Nobody waits then for what `work`
 * still does, and an error of it is nobody's.
 */
export async function within<T, L = T>(ms: number, work: () => PromiseLike<T> | T, late: () => L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>(resolve => {
    // A process that was held up first reads what has come meanwhile: timers are asked before sockets.
    timer = setTimeout(() => setImmediate(resolve), ms);
  });
  try {
    return await Promise.race([work(), timeUp.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}

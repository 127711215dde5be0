/** @file Long loops that stay polite: let messages and signals through now and then. */

const PAUSE_EVERY_MS = 25;

/**
 * Makes a function to await inside a long loop: at most every 25 ms it lets the event loop turn, then throws the
 * signal's reason if it has fired. Between pauses it costs one clock reading.
 */
export function pacer(signal?: AbortSignal): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    const now = performance.now();
    if (now - last < PAUSE_EVERY_MS) return undefined;
    last = now;
    return turn().then(() => signal?.throwIfAborted());
  };
}

/** The result of work that is made in steps, at once. */
export function finishNow<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The same with a pause after every step, where one is due. */
export async function finishPolitely<T>(
  steps: Generator<undefined, T>,
  pause: () => Promise<void> | undefined,
): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await pause();
  }
}

/** One turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}

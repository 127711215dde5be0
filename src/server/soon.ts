/** @file Work that a page waits for, but not for long. */

/** What was computed in time; an explanation that fails is none, for the page is worth more than its error. */
export async function soon<T>(
  work: Promise<T>,
  patienceMs: number,
): Promise<{ readonly value: T | null; readonly isPending: boolean }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ value: null; isPending: boolean }>((resolve) => {
    timer = setTimeout(() => resolve({ value: null, isPending: true }), patienceMs);
  });
  const done = work.then(
    (value) => ({ value, isPending: false }),
    () => ({ value: null, isPending: false }),
  );
  const first = await Promise.race([done, late]);
  clearTimeout(timer);
  return first;
}

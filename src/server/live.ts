/** @file Events of a study as server-sent events: replayed from the study, then followed as they are written. */

import type { RunEvent } from '../automl/index.js';
import { isLastEvent, liveUpdate, machinesWords } from '../report/index.js';
import type { Followed } from './shared-readers.js';

/** What is followed. The study may not be on disk yet. */
export interface LiveSource {
  /** Null until the study has begun. */
  open(): Followed | null;
  /** Why the run ended before its study began; null while it may still begin. */
  failure(): string | null;
  /** It may still begin: it runs here, or waits. */
  isAwaited(): boolean;
  /** This server still runs it. */
  isOwn(): boolean;
}

export interface LiveOptions {
  /** Events with a greater number are sent. */
  readonly after: number;
  readonly signal: AbortSignal;
  readonly pollMs?: number;
  readonly heartbeatMs?: number;
  readonly retryMs?: number;
  /** Resolves early when the signal fires. */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Chunks of a `text/event-stream`; ends after the last event of a run, or when the signal fires.
 *
 * A comment every `heartbeatMs` keeps the connection and finds out whether the run is still alive: one that was killed writes
 * no last event, so it gets one here, without a number, for it is not part of the study.
 */
export async function* liveChunks(source: LiveSource, options: LiveOptions): AsyncGenerator<string> {
  const { signal, pollMs = 400, heartbeatMs = 15_000, retryMs = 3000, sleep = wait } = options;
  let { after } = options;
  let reader: Followed | null = null;
  let quietMs = 0;
  let lookedAt = 0;
  yield `retry: ${retryMs}\n\n`;
  try {
    while (!signal.aborted) {
      reader ??= source.open();
      const failure = reader === null ? source.failure() : null;
      if (failure !== null) {
        yield chunk(null, { type: 'failed', message: failure, kind: 'data' });
        return;
      }
      if (reader === null && !source.isAwaited()) {
        yield chunk(null, { type: 'failed', message: 'search: it was deleted before it began.', kind: 'state' });
        return;
      }
      const events = reader?.events(after) ?? [];
      for (const { id, event } of events) {
        yield chunk(id, event);
        after = id;
      }
      const machines = reader?.machines() ?? null;
      if (machines !== null && machines.at !== lookedAt) {
        lookedAt = machines.at;
        yield `event: machines\ndata: ${JSON.stringify(machinesWords(machines, Date.now()))}\n\n`;
      }
      const last = events.at(-1);
      if (last && isLastEvent(last.event)) return;
      quietMs = events.length > 0 ? 0 : quietMs + pollMs;
      if (quietMs >= heartbeatMs) {
        quietMs = 0;
        yield ': still here\n\n';
        if (reader !== null && !source.isOwn() && reader.view().status !== 'running') {
          yield goneChunk(reader);
          return;
        }
      }
      await sleep(pollMs, signal);
    }
  } finally {
    reader?.close();
  }
}

/** One event as the protocol writes it; JSON has no line breaks of its own. */
function chunk(id: number | null, event: RunEvent): string {
  const head = id === null ? '' : `id: ${id}\n`;
  return `${head}event: ${event.type}\ndata: ${JSON.stringify(liveUpdate(event))}\n\n`;
}

function goneChunk(reader: Followed): string {
  return chunk(null, { type: 'interrupted', resume: `${reader.view().command} --resume` });
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}

/** Where to go on: what the browser has seen, or what the page had when it was drawn. */
export function startAfter(lastEventId: string | undefined, query: string | undefined): number {
  const numbers = [lastEventId, query].map((text) =>
    text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : 0,
  );
  return Math.max(...numbers);
}

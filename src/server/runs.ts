/** @file The searches of this server: one at a time, each to be stopped, each remembered until its study is on disk. */

import type { RunEvent, StudySummary } from '../automl/index.js';
import { ToolkitError } from '../core/index.js';
import type { FitOptions } from '../run/index.js';
import type { StartedRun, Studies } from './studies.js';

/** A search that this server started. */
export interface OwnRun {
  readonly name: string;
  /** Told before the study was on disk. */
  readonly early: readonly RunEvent[];
  readonly isRunning: boolean;
  /** Why it ended before its study began; null while it may still begin. */
  readonly failure: Error | null;
}

interface Entry {
  name: string;
  early: RunEvent[];
  isRunning: boolean;
  hasBegun: boolean;
  failure: Error | null;
  wasStopped: boolean;
  started: StartedRun | null;
}

export class Runs {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly studies: Studies) {}

  get(name: string): OwnRun | null {
    return this.entries.get(name) ?? null;
  }

  get runningCount(): number {
    return [...this.entries.values()].filter(({ isRunning }) => isRunning).length;
  }

  /** Throws a state error while another search of this server is running: they would share its cores and its clock. */
  requireFree(): void {
    const busy = [...this.entries.values()].find(({ isRunning }) => isRunning);
    if (!busy) return;
    const hint = 'Wait for it or stop it, then start the next one.';
    throw new ToolkitError('state', {
      where: 'search',
      rule: 'one at a time',
      got: `${busy.name} still running`,
      hint,
    });
  }

  /**
   * Starts a search; resolves when its study has begun, or after `patienceMs` while its file is still being read.
   *
   * Throws   what `fit` throws before the study has begun; state: another search is running
   */
  async start(name: string, options: FitOptions & { readonly out: string }, patienceMs: number): Promise<void> {
    this.requireFree();
    const entry: Entry = {
      name,
      early: [],
      isRunning: true,
      hasBegun: false,
      failure: null,
      wasStopped: false,
      started: null,
    };
    this.entries.set(name, entry);
    const begun = new Promise<void>((resolve) => {
      const onEvent = (event: RunEvent): void => {
        if (!entry.hasBegun) entry.early.push(event);
        if (event.type !== 'started') return;
        entry.hasBegun = true;
        resolve();
      };
      entry.started = this.studies.start({ ...options, onEvent });
    });
    const ended = this.watch(entry, entry.started!.done);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)));
    await Promise.race([begun, ended, patience]);
    clearTimeout(timer);
    if (entry.failure !== null) {
      this.entries.delete(name);
      throw entry.failure;
    }
  }

  /** A failure of a study that has begun stands in the study itself. */
  private async watch(entry: Entry, done: Promise<StudySummary>): Promise<void> {
    try {
      await done;
    } catch (error) {
      if (!entry.hasBegun) entry.failure = entry.wasStopped ? stoppedEarly() : asError(error);
    }
    entry.isRunning = false;
    if (entry.failure === null) this.entries.delete(entry.name);
  }

  /** False: this server does not run it. */
  stop(name: string): boolean {
    const entry = this.entries.get(name);
    if (!entry?.isRunning) return false;
    entry.wasStopped = true;
    entry.started?.stop();
    return true;
  }

  /** Stops everything and waits until it is written down. */
  async close(): Promise<void> {
    const open = [...this.entries.values()].filter(({ isRunning }) => isRunning);
    for (const { name } of open) this.stop(name);
    await Promise.allSettled(open.map(async ({ started }) => started?.done));
  }
}

function stoppedEarly(): ToolkitError {
  return new ToolkitError('state', {
    where: 'search',
    rule: 'it was stopped before its first trial; nothing was written',
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

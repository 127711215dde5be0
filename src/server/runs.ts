/** @file The searches of this server: one at a time, others in a queue, each to be stopped, each remembered until its study is on disk. */

import type { RunEvent } from '../automl/index.js';
import { ToolkitError } from '../core/index.js';
import type { FitOptions } from '../run/index.js';
import type { StartedRun, Studies } from './studies.js';

/** A search that this server started. */
export interface OwnRun {
  readonly name: string;
  /** Told before the study was on disk. */
  readonly early: readonly RunEvent[];
  readonly isRunning: boolean;
  /** Why it ended, where no study says so: none had begun, or the one that had was over; null while it may still begin. */
  readonly failure: Error | null;
}

interface Entry {
  name: string;
  early: RunEvent[];
  isRunning: boolean;
  hasBegun: boolean;
  /** The last that a study wrote down is how its search ended. */
  isWrittenDown: boolean;
  failure: Error | null;
  wasStopped: boolean;
  started: StartedRun | null;
}

/** Each keeps its file on the disk. */
export const MOST_WAITING = 8;

type Search = FitOptions & { readonly out: string };

/** Hears how a search fares that nobody may be looking at. */
export interface Told {
  readonly begun: () => void;
  /** It ended before its study began. */
  readonly failed: (error: Error) => void;
}

/** A run has the name of its whole study; whoever asks may name the study of one of its targets. */
export class Runs {
  private readonly entries = new Map<string, Entry>();
  /** Searches that wait for the one that runs, the next one first. */
  private waiting: { readonly name: string; readonly options: Search; readonly told: Told | null }[] = [];
  private isClosing = false;

  constructor(private readonly studies: Studies) {}

  get(name: string): OwnRun | null {
    return this.entry(name) ?? null;
  }

  private entry(name: string): Entry | undefined {
    return this.entries.get(this.wholeName(name));
  }

  private wholeName(name: string): string {
    return this.studies.wholeName?.(name) ?? name;
  }

  get runningCount(): number {
    return [...this.entries.values()].filter(({ isRunning }) => isRunning).length;
  }

  get isBusy(): boolean {
    return this.runningCount > 0;
  }

  /** Names of the searches that wait, the next one first. */
  queued(): readonly string[] {
    return this.waiting.map(({ name }) => name);
  }

  /** Throws a state error where as many wait as may. */
  requireRoom(): void {
    if (this.waiting.length < MOST_WAITING) return;
    throw new ToolkitError('state', {
      where: 'search',
      rule: `at most ${MOST_WAITING} may wait`,
      got: this.waiting.length,
      hint: 'Come again when one of them has begun, or delete one.',
    });
  }

  /**
   * Starts by itself when all before it have ended.
   *
   * Throws   state: as many wait as may
   */
  enqueue(name: string, options: Search, told: Told | null = null): void {
    this.requireRoom();
    this.waiting.push({ name, options, told });
  }

  /** One place further to the front. False: it does not wait. */
  moveUp(name: string): boolean {
    const at = this.waiting.findIndex((own) => own.name === name);
    if (at < 0) return false;
    if (at > 0) [this.waiting[at - 1], this.waiting[at]] = [this.waiting[at], this.waiting[at - 1]];
    return true;
  }

  /** The folder that was made for it; null: it does not wait. */
  dequeue(name: string): string | null {
    const found = this.waiting.find((own) => own.name === name);
    this.waiting = this.waiting.filter((own) => own !== found);
    return found?.options.out ?? null;
  }

  /** What cannot begin says so on its own page, and lets the next one begin. */
  private next(): void {
    if (this.isBusy || this.isClosing) return;
    const first = this.waiting.shift();
    if (first) void this.begin(first.name, first.options, first.told).ended;
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
  async start(name: string, options: Search, patienceMs: number, told: Told | null = null): Promise<void> {
    this.requireFree();
    const { entry, begun, ended } = this.begin(this.wholeName(name), options, told);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)));
    await Promise.race([begun, ended, patience]);
    clearTimeout(timer);
    if (entry.failure !== null) {
      this.entries.delete(entry.name);
      throw entry.failure;
    }
  }

  private begin(
    name: string,
    options: Search,
    told: Told | null,
  ): { entry: Entry; begun: Promise<void>; ended: Promise<void> } {
    const entry: Entry = {
      name,
      early: [],
      isRunning: true,
      hasBegun: false,
      isWrittenDown: false,
      failure: null,
      wasStopped: false,
      started: null,
    };
    this.entries.set(name, entry);
    const begun = new Promise<void>((resolve) => {
      const onEvent = (event: RunEvent): void => {
        if (!entry.hasBegun) entry.early.push(event);
        entry.isWrittenDown = event.type === 'failed' || event.type === 'interrupted';
        if (event.type !== 'started') return;
        entry.hasBegun = true;
        told?.begun();
        resolve();
      };
      entry.started = this.studies.start({ ...options, onEvent });
    });
    return { entry, begun, ended: this.watch(entry, entry.started!.done, told) };
  }

  /** A failure of a study that has begun stands in the study itself; between those of two targets, and after the last, in none. */
  private async watch(entry: Entry, done: Promise<unknown>, told: Told | null): Promise<void> {
    try {
      await done;
    } catch (error) {
      if (!entry.hasBegun) entry.failure = entry.wasStopped ? stoppedEarly() : asError(error);
      else if (!entry.wasStopped && !entry.isWrittenDown) entry.failure = asError(error);
    }
    entry.isRunning = false;
    if (entry.failure === null || entry.hasBegun) told?.begun();
    else told?.failed(entry.failure);
    if (entry.failure === null) this.entries.delete(entry.name);
    this.next();
  }

  /** Of a search that could not begin nothing is said any more. */
  forget(name: string): void {
    const entry = this.entry(name);
    if (entry?.isRunning === false) this.entries.delete(entry.name);
  }

  /** False: this server does not run it. */
  stop(name: string): boolean {
    const entry = this.entry(name);
    if (!entry?.isRunning) return false;
    entry.wasStopped = true;
    entry.started?.stop();
    return true;
  }

  /** Stops everything and waits until it is written down. */
  async close(): Promise<void> {
    this.isClosing = true;
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

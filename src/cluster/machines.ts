/** @file The workers of a study as its pages show them: who is there, at what, and who has gone lately. */

import type { MachineView } from '../automl/index.js';
import { modelName } from '../automl/index.js';
import type { WorkerEntry } from './messages.js';

/** So long somebody who is gone is still shown. */
const GONE_SHOWN_MS = 5 * 60_000;
/** Of those, the latest. */
const MOST_GONE = 20;
/** Shown one by one. */
export const MOST_MACHINES = 200;

interface Known {
  readonly view: MachineView;
  readonly goneAt: number | null;
}

export class Machines {
  /** By the worker's own number. */
  private known = new Map<string, Known>();

  constructor(private readonly study: string) {}

  /** What is shown after a look at who is there: those at work on this study first, those that are gone last. */
  look(workers: ReadonlyMap<string, WorkerEntry>, now: number): MachineView[] {
    const next = new Map<string, Known>();
    for (const [id, worker] of workers) next.set(id, { view: this.viewOf(worker, now), goneAt: null });
    for (const [id, { view, goneAt }] of this.known) {
      if (next.has(id)) continue;
      const since = goneAt ?? now;
      if (now - since < GONE_SHOWN_MS) next.set(id, { view: { ...view, fits: [], goneAt: since }, goneAt: since });
    }
    this.known = this.withinBounds(next);
    const views = [...this.known.values()].map(({ view }) => view);
    return views.sort((a, b) => orderOf(a) - orderOf(b) || compareNames(a.name, b.name)).slice(0, MOST_MACHINES);
  }

  private withinBounds(all: ReadonlyMap<string, Known>): Map<string, Known> {
    const gone = [...all].filter(([, { goneAt }]) => goneAt !== null);
    gone.sort(([, a], [, b]) => b.goneAt! - a.goneAt!);
    const dropped = new Set(gone.slice(MOST_GONE).map(([id]) => id));
    return new Map([...all].filter(([id]) => !dropped.has(id)));
  }

  private viewOf({ host, pid, slots, running, done, doing = [] }: WorkerEntry, now: number): MachineView {
    const own = doing.filter(({ study }) => study === this.study);
    const fits = own.map(({ family, trial, fold, seconds }) => {
      const model = modelName({ group: family, number: trial });
      return { model, family, fold, startedAt: Math.round(now - 1000 * seconds) };
    });
    return { name: `${host}:${pid}`, slots, done, fits, elsewhere: Math.max(0, running - own.length), goneAt: null };
  }
}

function orderOf({ fits, goneAt }: MachineView): number {
  if (goneAt !== null) return 2;
  return fits.length > 0 ? 0 : 1;
}

function compareNames(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

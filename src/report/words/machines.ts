/** @file The machines of a cluster in words: the workers that are there, and what each machine has fitted. */

import type { MachineShare, MachinesView, MachineView } from '../../automl/index.js';
import type { FamilyChip } from './families.js';
import { chipOf } from './families.js';
import { formatCount, formatSeconds, plural } from './format.js';

export interface MachinesWords {
  /** `3 workers, 12 folds at once`. */
  readonly summary: string;
  readonly rows: readonly MachineRow[];
  /** Where the list does not hold them all. */
  readonly more: string | null;
}

export interface MachineRow {
  /** As the worker calls itself: whatever somebody has written there. */
  readonly name: string;
  /** `4 at once, 12 folds done`. */
  readonly about: string;
  readonly isGone: boolean;
  /** What it does where it fits nothing of this study; null where it does. */
  readonly state: string | null;
  readonly fits: readonly { readonly chip: FamilyChip; readonly text: string }[];
}

/** Pages stay readable: of more fits of one machine the first are shown. */
const MOST_FITS = 12;

export function machinesWords({ at, workers, slots, list }: MachinesView, now: number): MachinesWords {
  const there = list.filter(({ goneAt }) => goneAt === null).length;
  return {
    summary: `${plural(workers, 'worker')}, ${plural(slots, 'fold')} at once`,
    rows: list.map((machine) => rowOf(machine, Math.max(at, now))),
    more: workers > there ? `and ${formatCount(workers - there)} more` : null,
  };
}

function rowOf(machine: MachineView, now: number): MachineRow {
  const { name, slots, done, fits, goneAt } = machine;
  const shown = fits.slice(0, MOST_FITS).map(({ model, family, fold, startedAt }) => ({
    chip: chipOf(family),
    text: `${model}, fold ${fold + 1}, for ${formatSeconds(Math.max(0, now - startedAt) / 1000)}`,
  }));
  return {
    name,
    about: `${formatCount(slots)} at once, ${plural(done, 'fold')} done`,
    isGone: goneAt !== null,
    state: stateOf(machine, now),
    fits: shown,
  };
}

function stateOf({ fits, elsewhere, goneAt }: MachineView, now: number): string | null {
  if (goneAt !== null) return `gone for ${formatSeconds((now - goneAt) / 1000)}; others take over what it had begun`;
  const other = elsewhere > 0 ? `${plural(elsewhere, 'fold')} of other studies` : null;
  if (fits.length === 0) return other ?? 'waiting for work';
  return fits.length > MOST_FITS ? `and ${plural(fits.length - MOST_FITS, 'fold')} more` : other;
}

/** What the machines of a cluster have fitted of a study. */
export interface SharesTable {
  /** `3 machines, 20 cores`. */
  readonly summary: string;
  readonly columns: readonly string[];
  /** As the workers call their machines: whatever somebody has written there. */
  readonly rows: readonly { readonly name: string; readonly cells: readonly string[] }[];
  /** Where the rows are not all. */
  readonly more: string | null;
}

const MOST_SHARES = 100;

/** Null where none is known. */
export function sharesTable(machines: readonly MachineShare[] = []): SharesTable | null {
  if (machines.length === 0) return null;
  const cores = machines.reduce((sum, machine) => sum + machine.cores, 0);
  const others = machines.slice(MOST_SHARES);
  const folds = others.reduce((sum, machine) => sum + machine.folds, 0);
  return {
    summary: `${plural(machines.length, 'machine')}, ${plural(cores, 'core')}`,
    columns: ['machine', 'cores', 'folds', 'fit time'],
    rows: machines.slice(0, MOST_SHARES).map(({ name, ...of }) => ({
      name,
      cells: [formatCount(of.cores), formatCount(of.folds), formatSeconds(of.seconds)],
    })),
    more: others.length > 0 ? `and ${formatCount(others.length)} more with ${plural(folds, 'fold')}` : null,
  };
}

/** @file Which machines of a cluster have fitted a study, by what it keeps of each fit. */

import type { PartRecord } from '../search/index.js';
import type { FoldMachine } from './executor.js';
import type { MachineShare } from './summary.js';

/** A fit that a study keeps; of one by no worker of a cluster, and of earlier versions, no machine is known. */
export interface KeptFit {
  readonly machine?: FoldMachine | undefined;
  readonly seconds: number;
}

/** The folds of trials as fits. */
export function fitsOfParts(parts: readonly PartRecord[]): KeptFit[] {
  return parts.map(({ seconds, info }) => ({ seconds, machine: (info as { machine?: FoldMachine }).machine }));
}

/** What each machine has fitted, the one of most folds first; none where all was fitted here. */
export function machineShares(fits: readonly KeptFit[]): MachineShare[] {
  const shares = new Map<string, MachineShare>();
  for (const { machine, seconds } of fits) {
    if (!machine) continue;
    const { name, cores } = machine;
    const before = shares.get(name) ?? { name, cores, folds: 0, seconds: 0 };
    // Workers of one machine may be given different numbers of its cores.
    const most = Math.max(cores, before.cores);
    shares.set(name, { name, cores: most, folds: before.folds + 1, seconds: before.seconds + seconds });
  }
  return [...shares.values()].sort((a, b) => b.folds - a.folds || (a.name < b.name ? -1 : 1));
}

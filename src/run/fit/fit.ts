/** @file A whole run: CSV, search, ensemble, hold-out, model file. The one composition that every edge uses. */

import type { RunEvent, StudySettings, StudySummary } from '../../automl/index.js';
import type { Cluster } from '../../cluster/index.js';
import { requireCluster } from '../../cluster/index.js';
import type { CsvTable } from '../../data/index.js';
import { chooseEngine } from '../../engine/index.js';
import type { FitOptions } from '../contract.js';
import { RunInterrupted } from '../interrupted.js';
import {
  begunSettings,
  blameStudy,
  numberedFolder,
  openForWriting,
  refuseExisting,
  requireOneTarget,
} from '../study/study-folder.js';
import { ClusterNotices, clusterPlace, forgetMachines, joinCluster } from './cluster.js';
import { cpuEngine, engineWord, requireEngine } from './engines.js';
import type { LoadedData } from './load-data.js';
import { loadData } from './load-data.js';
import type { CheckedOptions } from './options.js';
import { checkOptions, commandFor } from './options.js';
import { Run } from './search-run.js';
import { requireSettings } from './study-settings.js';

/**
 * Searches and returns the summary; the study folder holds everything else.
 *
 * Random   with `trials`: same file, options and seed, same leaderboard to the bit, whatever the number of workers,
 *          and however often it was killed and resumed. With `timeBudgetMs` the number of trials depends on the machine
 * @param read  the file, where it was read before
 * Throws   usage, data, state (the folder holds a study, another process runs it); RunInterrupted
 * @example
 * const summary = await fit({ data: 'datasets/penguins.csv', target: 'species', trials: 8, seed: 1 });
 */
export async function fit(options: FitOptions, read?: CsvTable): Promise<StudySummary> {
  const startedAt = Date.now();
  const checked = inFolder(checkOptions(options), options);
  return fitChecked(checked, { startedAt, load: (begun) => loadData(checked, begun, read) });
}

/** Where the data of a study comes from, and since when its time runs. */
export interface FitWork {
  readonly startedAt: number;
  readonly load: (begun: StudySettings | undefined) => Promise<LoadedData>;
}

/** The same with options that were checked. */
export async function fitChecked(checked: CheckedOptions, { startedAt, load }: FitWork): Promise<StudySummary> {
  if (!checked.resume) refuseExisting(checked.out);
  requireOneTarget(checked.out);
  const { engine } = chooseEngine(cpuEngine(checked.engine));
  await requireEngine(checked.engine);
  const place = clusterPlace(checked);
  if (place) await requireCluster(place);
  checked.onEvent?.({ type: 'phase', phase: 'reading' });
  const begun = begunSettings(checked.out);
  const loaded = await orStop(checked, load(begun));
  const resumed = begun !== undefined;
  const storage = openForWriting(checked.out);
  let cluster: Cluster | undefined;
  try {
    const tell = (event: RunEvent): void => checked.onEvent?.(event);
    // Before anything is sent: a session that is refused must not offer its table to the folds of the killed one.
    requireSettings({ storage, options: checked, loaded, startedAt, engine: engineWord(checked.engine) });
    forgetMachines(storage);
    const notices = new ClusterNotices(storage, tell);
    const hear = (sentence: string): void => notices.hear(sentence);
    if (place) cluster = await orStop(checked, joinCluster(place, storage, loaded.data, hear, checked.signal));
    return await new Run(checked, loaded, storage, engine, resumed, startedAt, cluster, notices).go();
  } catch (error) {
    throw resumed ? blameStudy(checked.out, error) : error;
  } finally {
    await cluster?.close();
    storage.close();
  }
}

/** A folder that nobody named holds no study yet, or where one is to go on, the last one. */
export function inFolder(checked: CheckedOptions, { out }: FitOptions): CheckedOptions {
  return out === undefined ? { ...checked, out: numberedFolder(checked.out, checked.resume ?? false) } : checked;
}

/** A run that is stopped while it reads, or sends what it read, has kept nothing: the same command begins it again. */
export async function orStop<T>(options: CheckedOptions, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!options.signal?.aborted) throw error;
    const again = commandFor(options, options.resume ?? false);
    options.onEvent?.({ type: 'interrupted', resume: again });
    throw new RunInterrupted(options.out, again);
  }
}

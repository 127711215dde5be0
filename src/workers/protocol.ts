/** @file What the pool and its threads say to each other. */

import type { FoldJob, FoldOutcome, PreparedFold, StudyData } from '../automl/index.js';
import type { CpuEngine } from '../engine/index.js';

/** Given to a thread at its start. */
export interface WorkerSetup {
  readonly data: StudyData;
  readonly engine: CpuEngine;
}

export interface JobMessage {
  readonly job: FoldJob;
  readonly prepared: PreparedFold | null;
  /** Where it is null: tables that may be the same. */
  readonly alike: readonly PreparedFold[];
}

export type ReplyMessage = { readonly outcome: FoldOutcome };

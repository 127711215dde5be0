/** @file What becomes of a job in the eyes of the study: its result, or why there is none. */

import type { FoldJob, FoldResult, StudyData } from '../automl/index.js';
import { checkFits, decodeResult } from './result.js';

/** Bytes that are no result, or that of another job, are a failed fold, not the end of the study. */
export function outcomeOf(bytes: Uint8Array, job: FoldJob, data: StudyData): FoldResult {
  try {
    const result = decodeResult(bytes);
    checkFits(result, job, data);
    return result;
  } catch (error) {
    return failure(error instanceof Error ? error.message : String(error));
  }
}

/** What BullMQ says of a job that it has given up. */
export function failedOutcome(reason: string): FoldResult {
  const isLost = /stalled more than allowable limit/.test(reason);
  return failure(isLost ? `the workers that had this fold were lost one after the other: ${CAUSES}` : reason);
}

const CAUSES = 'killed, cut off or out of memory';

function failure(error: string): FoldResult {
  return { ok: false, error, seconds: 0 };
}

/** @file The metric that a study is searched by. */

import { positiveIndex } from '../data/index.js';
import type { Metric } from '../evaluate/index.js';
import { metricFor } from '../evaluate/index.js';
import type { StudySettings } from './settings.js';

/** By its name, about the positive class of its target. */
export function metricOf({ metric, task, schema }: Pick<StudySettings, 'metric' | 'task' | 'schema'>): Metric {
  return metricFor(metric, task, positiveIndex(schema.target));
}

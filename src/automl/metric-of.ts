/** @file The metric that a study is searched by. */

import { positiveIndex } from '../data/index.js';
import type { Metric, MetricAbout } from '../evaluate/index.js';
import { metricFor } from '../evaluate/index.js';
import type { StudySettings } from './settings.js';

/** By its name, about the positive class of its target and what its decisions cost. */
export function metricOf(settings: Pick<StudySettings, 'metric' | 'task' | 'schema' | 'costs'>): Metric {
  return metricFor(settings.metric, settings.task, aboutOf(settings));
}

/** What metrics of a study are about. */
export function aboutOf({ schema, costs }: Pick<StudySettings, 'schema' | 'costs'>): MetricAbout {
  const { quantiles } = schema.target;
  return { positive: positiveIndex(schema.target), costs, ...(quantiles ? { quantiles } : {}) };
}

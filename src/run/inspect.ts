/** @file What a fit would understand of a file, without fitting: `lrnn fit --dry-run`. */

import type { Task } from '../core/index.js';
import type { Schema } from '../data/index.js';
import { describeSchema } from '../data/index.js';
import { defaultMetric, metricFor } from '../evaluate/index.js';
import type { FitOptions } from './contract.js';
import { understand } from './load-data.js';
import { checkOptions } from './options.js';

export interface Inspection {
  readonly schema: Schema;
  readonly warnings: readonly string[];
  readonly rowCount: number;
  readonly columnCount: number;
  readonly delimiter: string;
  readonly encoding: string;
  readonly target: string;
  readonly task: Task;
  readonly metric: string;
  readonly table: ReturnType<typeof describeSchema>;
}

/** Throws what `fit` would throw before its first trial, but for the study folder. */
export async function inspect(options: FitOptions): Promise<Inspection> {
  const checked = checkOptions(options);
  const { csv, schema, warnings } = await understand(checked);
  const { name: target, task } = schema.target;
  const metric = metricFor(checked.metric ?? defaultMetric(task), task).name;
  const { rowCount, delimiter, encoding, names } = csv;
  const table = describeSchema(schema, csv);
  return { schema, warnings, rowCount, columnCount: names.length, delimiter, encoding, target, task, metric, table };
}

/** @file Counters of a served model, and how they read as Prometheus text. */

import type { EncodeSummary } from '../data/index.js';
import type { ModelIdentity } from '../run/index.js';

/** Upper bounds in seconds. */
const BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];

/** Counts requests, rows, time, and cells unlike those of the training. Labels come from the model, never from requests. */
export class ModelMetrics {
  private readonly statuses = new Map<string, number>();
  private readonly unseen = new Map<string, number>();
  private readonly unparsable = new Map<string, number>();
  private readonly outside = new Map<string, number>();
  private readonly missing = new Map<string, number>();
  private readonly batches = new Map<string, number>();
  private readonly buckets = BUCKETS.map(() => 0);
  private extra = 0;
  private rows = 0;
  private reloadFailures = 0;
  private seconds = 0;
  private requests = 0;

  /** A request for predictions that was answered, whatever the answer. */
  addRequest(status: number, seconds: number): void {
    add(this.statuses, String(status), 1);
    this.requests++;
    this.seconds += seconds;
    BUCKETS.forEach((bound, i) => (this.buckets[i] += seconds <= bound ? 1 : 0));
  }

  /** Rows that were predicted, and what had to be coerced in them. */
  addRows(rows: number, summary: EncodeSummary): void {
    this.rows += rows;
    this.extra += summary.extraColumns.length > 0 ? 1 : 0;
    for (const name of summary.missingColumns) add(this.missing, name, 1);
    for (const [name, count] of Object.entries(summary.unseenCategories)) add(this.unseen, name, count);
    for (const [name, count] of Object.entries(summary.unparsable)) add(this.unparsable, name, count);
    for (const [name, count] of Object.entries(summary.outOfRange)) add(this.outside, name, count);
  }

  /** A batch that is over: done, failed or deleted before. */
  addBatch(end: string): void {
    add(this.batches, end, 1);
  }

  /** A new file that could not take the place of the old one. */
  addReloadFailure(): void {
    this.reloadFailures++;
  }

  /** What is counted, by name; `labels` begin every sample. */
  samples(labels: string): Samples {
    const { statuses, rows, unseen, unparsable, outside, missing, extra } = this;
    const seconds = 'lrnn_predict_seconds';
    const bucket = (bound: number | string, count: number): string =>
      `${seconds}_bucket{${labels},le="${bound}"} ${count}`;
    return {
      lrnn_predict_requests_total: byLabel('lrnn_predict_requests_total', labels, 'status', statuses),
      lrnn_batches_total: byLabel('lrnn_batches_total', labels, 'end', this.batches),
      lrnn_predict_rows_total: [`lrnn_predict_rows_total{${labels}} ${rows}`],
      lrnn_unseen_category_cells_total: byLabel('lrnn_unseen_category_cells_total', labels, 'column', unseen),
      lrnn_unparsable_cells_total: byLabel('lrnn_unparsable_cells_total', labels, 'column', unparsable),
      lrnn_out_of_range_cells_total: byLabel('lrnn_out_of_range_cells_total', labels, 'column', outside),
      lrnn_missing_column_requests_total: byLabel('lrnn_missing_column_requests_total', labels, 'column', missing),
      lrnn_extra_column_requests_total: [`lrnn_extra_column_requests_total{${labels}} ${extra}`],
      lrnn_model_reload_failures_total: [`lrnn_model_reload_failures_total{${labels}} ${this.reloadFailures}`],
      [seconds]: [
        ...BUCKETS.map((bound, i) => bucket(bound, this.buckets[i])),
        bucket('+Inf', this.requests),
        `${seconds}_sum{${labels}} ${this.seconds}`,
        `${seconds}_count{${labels}} ${this.requests}`,
      ],
    };
  }
}

type Samples = Readonly<Record<string, readonly string[]>>;

const HELP: readonly (readonly [name: string, type: string, help: string])[] = [
  ['lrnn_model_info', 'gauge', 'The models that answer: name, readings of the file since the start, and its SHA-256.'],
  ['lrnn_model_reload_failures_total', 'counter', 'New files that could not take the place of the old one.'],
  ['lrnn_predict_requests_total', 'counter', 'Requests for predictions by status.'],
  ['lrnn_predict_rows_total', 'counter', 'Rows predicted.'],
  ['lrnn_unseen_category_cells_total', 'counter', 'Cells of no training category.'],
  ['lrnn_unparsable_cells_total', 'counter', 'Cells that could not be read.'],
  ['lrnn_out_of_range_cells_total', 'counter', 'Numbers outside the training range.'],
  ['lrnn_missing_column_requests_total', 'counter', 'Requests that lack a column.'],
  ['lrnn_extra_column_requests_total', 'counter', 'Requests with columns that are not used.'],
  ['lrnn_predict_seconds', 'histogram', 'Time to answer a request for predictions.'],
  ['lrnn_batches_total', 'counter', 'Batches that are over, by how they ended.'],
  ['lrnn_batches', 'gauge', 'Batches that are kept, by where they stand.'],
  ['lrnn_batch_bytes', 'gauge', 'Bytes on disk of all batches.'],
  ['lrnn_waiting_requests', 'gauge', 'Requests at work or waiting, their bodies there.'],
  ['process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.'],
];

/**
 * The counters of all models as Prometheus reads them.
 *
 * Source  https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function metricsText(models: readonly CountedModel[], { waiting, batches, batchBytes }: Gauges): string {
  const labelled = models.map(({ identity, metrics }) => metrics.samples(`model="${escaped(identity.name)}"`));
  const alone: Samples = {
    lrnn_model_info: models.map(({ identity: { name, version, sha256 } }) => {
      return `lrnn_model_info{model="${escaped(name)}",version="${version}",sha256="${sha256}"} 1`;
    }),
    lrnn_batches: Object.entries(batches).map(([status, count]) => `lrnn_batches{status="${status}"} ${count}`),
    lrnn_batch_bytes: [`lrnn_batch_bytes ${batchBytes}`],
    lrnn_waiting_requests: [`lrnn_waiting_requests ${waiting}`],
    process_resident_memory_bytes: [`process_resident_memory_bytes ${process.memoryUsage.rss()}`],
  };
  const lines = HELP.flatMap(([name, type, help]) => {
    const samples = alone[name] ?? labelled.flatMap((counted) => counted[name]);
    return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples];
  });
  return `${lines.join('\n')}\n`;
}

export interface Gauges {
  readonly waiting: number;
  /** Batches by where they stand. */
  readonly batches: Readonly<Record<string, number>>;
  readonly batchBytes: number;
}

interface CountedModel {
  readonly identity: ModelIdentity;
  readonly metrics: ModelMetrics;
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

function byLabel(name: string, labels: string, label: string, counts: ReadonlyMap<string, number>): string[] {
  return [...counts].map(([of, count]) => `${name}{${labels},${label}="${escaped(of)}"} ${count}`);
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

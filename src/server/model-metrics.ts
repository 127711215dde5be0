/** @file Counters of a served model, and how they read as Prometheus text. */

import type { EncodeSummary } from '../data/index.js';

/** Upper bounds in seconds. */
const BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10];

/** Counts requests, rows, time, and cells unlike those of the training. Labels come from the model, never from requests. */
export class ModelMetrics {
  private readonly statuses = new Map<string, number>();
  private readonly unseen = new Map<string, number>();
  private readonly unparsable = new Map<string, number>();
  private readonly outside = new Map<string, number>();
  private readonly missing = new Map<string, number>();
  private readonly buckets = BUCKETS.map(() => 0);
  private extra = 0;
  private rows = 0;
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

  /** Source  https://prometheus.io/docs/instrumenting/exposition_formats/ */
  text(): string {
    const seconds = 'lrnn_predict_seconds';
    return [
      ...counter('lrnn_predict_requests_total', 'Requests for predictions by status.', this.statuses, 'status'),
      ...counter('lrnn_predict_rows_total', 'Rows predicted.', this.rows),
      ...counter('lrnn_unseen_category_cells_total', 'Cells of no training category.', this.unseen, 'column'),
      ...counter('lrnn_unparsable_cells_total', 'Cells that could not be read.', this.unparsable, 'column'),
      ...counter('lrnn_out_of_range_cells_total', 'Numbers outside the training range.', this.outside, 'column'),
      ...counter('lrnn_missing_column_requests_total', 'Requests that lack a column.', this.missing, 'column'),
      ...counter('lrnn_extra_column_requests_total', 'Requests with columns that are not used.', this.extra),
      `# HELP ${seconds} Time to answer a request for predictions.`,
      `# TYPE ${seconds} histogram`,
      ...BUCKETS.map((bound, i) => `${seconds}_bucket{le="${bound}"} ${this.buckets[i]}`),
      `${seconds}_bucket{le="+Inf"} ${this.requests}`,
      `${seconds}_sum ${this.seconds}`,
      `${seconds}_count ${this.requests}`,
      '# HELP process_resident_memory_bytes Resident memory size in bytes.',
      '# TYPE process_resident_memory_bytes gauge',
      `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
      '',
    ].join('\n');
  }
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

function counter(name: string, help: string, value: number | ReadonlyMap<string, number>, label = ''): string[] {
  const lines =
    typeof value === 'number'
      ? [`${name} ${value}`]
      : [...value].map(([of, count]) => `${name}{${label}="${escaped(of)}"} ${count}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...lines];
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

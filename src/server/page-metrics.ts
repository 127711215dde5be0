/** @file Counters of the pages' server as Prometheus text. */

import type { ServerResponse } from 'node:http';

/** What is true at this moment. */
export interface PageGauges {
  readonly streams: number;
  /** Studies that are open for those who follow them. */
  readonly followedStudies: number;
  readonly runningSearches: number;
}

/** Upper bounds in seconds. */
const BUCKETS = [0.005, 0.02, 0.1, 0.5, 2, 10];

export class PageMetrics {
  private readonly statuses = new Map<string, number>();
  private readonly buckets = BUCKETS.map(() => 0);
  private requests = 0;
  private seconds = 0;

  /** Counts a request when it was answered; a stream that is followed for hours is no slow answer. */
  watch(response: ServerResponse): void {
    const start = performance.now();
    response.once('close', () => {
      const status = response.writableFinished ? String(response.statusCode) : 'cut';
      this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
      if (String(response.getHeader('content-type')).startsWith('text/event-stream')) return;
      const seconds = (performance.now() - start) / 1000;
      this.requests++;
      this.seconds += seconds;
      BUCKETS.forEach((bound, i) => (this.buckets[i] += seconds <= bound ? 1 : 0));
    });
  }

  /** Source  https://prometheus.io/docs/instrumenting/exposition_formats/ */
  text({ streams, followedStudies, runningSearches }: PageGauges): string {
    const name = 'lrnn_page_seconds';
    const gauge = (of: string, help: string, value: number): string[] => [
      `# HELP ${of} ${help}`,
      `# TYPE ${of} gauge`,
      `${of} ${value}`,
    ];
    return [
      '# HELP lrnn_page_requests_total Requests by status; cut is a visitor who left.',
      '# TYPE lrnn_page_requests_total counter',
      ...[...this.statuses].map(([status, count]) => `lrnn_page_requests_total{status="${status}"} ${count}`),
      `# HELP ${name} Time to answer a request.`,
      `# TYPE ${name} histogram`,
      ...BUCKETS.map((bound, i) => `${name}_bucket{le="${bound}"} ${this.buckets[i]}`),
      `${name}_bucket{le="+Inf"} ${this.requests}`,
      `${name}_sum ${this.seconds}`,
      `${name}_count ${this.requests}`,
      ...gauge('lrnn_open_streams', 'Pages that follow a search.', streams),
      ...gauge('lrnn_followed_studies', 'Studies that are open for them.', followedStudies),
      ...gauge('lrnn_running_searches', 'Searches that this server runs.', runningSearches),
      ...gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', process.memoryUsage.rss()),
      '',
    ].join('\n');
  }
}

/** @file What monitors ask a worker of a cluster: whether it is well, and what it has done. Reads nothing, changes nothing. */

import type { IncomingMessage, ServerResponse } from 'node:http';

import type { ClusterWorker } from '../cluster/index.js';
import { FOLD_BUCKETS } from '../cluster/index.js';
import { listen, makeServer, urlOf } from './listen.js';
import type { RunningServer } from './main.js';
import { sendRaw, TEXT_TYPE } from './raw-reply.js';

export interface ServeWorkerOptions {
  readonly worker: Pick<ClusterWorker, 'status'>;
  /** Of this package. */
  readonly version: string;
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
}

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
/** A monitor and a probe or two. */
const MAX_CONNECTIONS = 64;

/**
 * Answers `/healthz`, `/livez` and `/metrics`; they need no token, for they say numbers only, and
 * while Redis is away `/healthz` says its host and port and what is wrong.
 *
 * Throws   usage: an address that cannot be; state: the port is taken
 */
export async function serveWorker({ worker, version, host, port }: ServeWorkerOptions): Promise<RunningServer> {
  const server = makeServer((request: IncomingMessage, response: ServerResponse) => {
    answerMonitor(request, response, { worker, version });
  });
  server.maxConnections = MAX_CONNECTIONS;
  const actual = await listen(server, port, host, { where: '--listen', port: '--listen', host: '--listen' });
  return {
    url: urlOf(host, actual),
    port: actual,
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}

function answerMonitor(
  { method = '', url = '' }: IncomingMessage,
  response: ServerResponse,
  { worker, version }: Pick<ServeWorkerOptions, 'worker' | 'version'>,
): void {
  if (method !== 'GET' && method !== 'HEAD') {
    return sendRaw(response, 405, TEXT_TYPE, 'only GET\n', ['allow', 'GET, HEAD']);
  }
  const [path] = url.split('?');
  if (path === '/livez') return sendRaw(response, 200, TEXT_TYPE, 'ok\n');
  if (path === '/metrics') return sendRaw(response, 200, METRICS_TYPE, workerMetrics(worker.status(), version));
  if (path !== '/healthz' && path !== '/readyz') return sendRaw(response, 404, TEXT_TYPE, 'not found\n');
  const { fault } = worker.status();
  if (fault === null) return sendRaw(response, 200, TEXT_TYPE, 'ok\n');
  sendRaw(response, 503, TEXT_TYPE, `${fault}\n`, ['retry-after', '5']);
}

/** Source  https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function workerMetrics(status: ReturnType<ClusterWorker['status']>, version: string): string {
  const { ends, buckets, seconds, underWay, slots, fault, queue } = status;
  const name = 'lrnn_fold_seconds';
  const judged = ends.done + ends.failed;
  const one = (of: string, type: string, help: string, value: number): string[] => head(of, type, help, [[of, value]]);
  const { user, system } = process.cpuUsage();
  const started = Date.now() / 1000 - process.uptime();
  const lines = [
    head('lrnn_build_info', 'gauge', 'Which version runs; studies of others pass it by.', [
      [`lrnn_build_info{version="${version}",node="${process.versions.node}"}`, 1],
    ]),
    one('lrnn_worker_threads', 'gauge', 'Folds that this worker runs at once.', slots),
    one('lrnn_worker_folds_running', 'gauge', 'Folds that it runs now.', underWay.length),
    head(
      'lrnn_worker_folds_total',
      'counter',
      'Folds by how they ended: done, failed (its reason is the result), lost (tried again), returned (at the end of the worker or of its study).',
      Object.entries(ends).map(([end, count]) => [`lrnn_worker_folds_total{end="${end}"}`, count]),
    ),
    head(name, 'histogram', 'Time from taking a fold to its result in Redis, of those that are done or failed.', [
      ...FOLD_BUCKETS.map((bound, i): Sample => [`${name}_bucket{le="${bound}"}`, buckets[i]]),
      [`${name}_bucket{le="+Inf"}`, judged],
      [`${name}_sum`, seconds],
      [`${name}_count`, judged],
    ]),
    one('lrnn_redis_connected', 'gauge', '1 where the worker reaches Redis.', fault === null ? 1 : 0),
    ...(queue === null
      ? []
      : [
          one('lrnn_queue_folds_waiting', 'gauge', 'Folds of this version that nobody has begun.', queue.waiting),
          one('lrnn_queue_folds_running', 'gauge', 'Folds of this version under way, at all workers.', queue.running),
        ]),
    one('process_cpu_seconds_total', 'counter', 'Processor time in seconds, of all threads.', (user + system) / 1e6),
    one('process_resident_memory_bytes', 'gauge', 'Resident memory size in bytes.', process.memoryUsage.rss()),
    one('process_start_time_seconds', 'gauge', 'Start of the process since 1970, in seconds.', started),
  ];
  return `${lines.flat().join('\n')}\n`;
}

type Sample = readonly [name: string, value: number];

function head(name: string, type: string, help: string, samples: readonly Sample[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map(([of, value]) => `${of} ${value}`)];
}

/** @file What `lrnn serve` was asked for: a folder of studies, or models by name. */

import { check } from '../core/index.js';
import type { Invocation, ModelWord } from './commands.js';
import { drainTime, listOf, usageError, wholeNumber } from './values.js';

interface ServeWords {
  readonly args: readonly string[];
  readonly values: ReadonlyMap<string, string>;
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly has: (option: string) => boolean;
}

/** Options that mean something for models only. */
const OF_MODELS = ['--strict', '--workers', '--drain'];
/** And for studies only. */
const OF_PAGES = ['--read-only', '--max-streams', '--redis', '--shared'];

export function serveInvocation({ args, values, lists, has }: ServeWords): Invocation {
  const models = (lists.get('--model') ?? []).map(modelWord);
  const where = 'lrnn serve';
  if (models.length > 0 && args.length > 0) throw usageError(where, 'takes a reports folder or --model, not both');
  for (const option of OF_MODELS) {
    if (models.length === 0 && has(option)) throw usageError(where, `takes ${option} only with --model`);
  }
  for (const option of OF_PAGES) {
    if (models.length > 0 && has(option)) throw usageError(where, `takes ${option} only without --model`);
  }
  if (values.has('--token') && has('--no-auth')) throw usageError(where, 'takes --token or --no-auth, not both');
  requireNames(models);
  return {
    command: 'serve',
    reportsFolder: args[0] ?? 'reports',
    mustExist: args.length > 0,
    port: wholeNumber('--port', values.get('--port') ?? '3000', 0, 65535),
    host: values.get('--host') ?? '127.0.0.1',
    models,
    strict: has('--strict'),
    token: values.get('--token'),
    noAuth: has('--no-auth'),
    readOnly: has('--read-only'),
    redis: values.get('--redis'),
    shared: values.get('--shared'),
    publicUrl: values.get('--public-url'),
    allowHosts: values.has('--allow-host') ? listOf('--allow-host', values.get('--allow-host')!) : [],
    trustProxies: values.has('--trust-proxy') ? listOf('--trust-proxy', values.get('--trust-proxy')!) : [],
    rateLimit: values.has('--rate-limit')
      ? wholeNumber('--rate-limit', values.get('--rate-limit')!, 0, 1_000_000)
      : undefined,
    maxStreams: values.has('--max-streams')
      ? wholeNumber('--max-streams', values.get('--max-streams')!, 1, 1000)
      : undefined,
    log: has('--log'),
    workers: values.has('--workers') ? wholeNumber('--workers', values.get('--workers')!, 1, 64) : undefined,
    drainMs: drainTime('--drain', values.get('--drain') ?? '5s'),
  };
}

/** A name is letters, digits, dot, dash and underscore; a file that is called so is written as ./a=b. */
function modelWord(text: string): ModelWord {
  const [, name = null, path] = /^(?:([A-Za-z0-9][A-Za-z0-9._-]{0,63})=)?(.*)$/s.exec(text)!;
  check(path !== '', '--model', 'must be FILE or NAME=FILE', text);
  return { name, path };
}

function requireNames(models: readonly ModelWord[]): void {
  if (models.length < 2) return;
  const seen = new Set<string>();
  for (const { name, path } of models) {
    check(name !== null, '--model', 'several models must have names', path, `Write NAME=${path}.`);
    check(!seen.has(name), '--model', 'names of models must differ', name);
    seen.add(name);
  }
}

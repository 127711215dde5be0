/** @file The names of everything that lies in Redis, and how long it stays there when nobody looks after it. */

/** Of BullMQ's keys as of ours. */
export const PREFIX = 'lrnn';
/** Seconds after which what a lost coordinator left behind is gone. */
export const LIFETIME_SECONDS = 1800;

/** Keys that one question to Redis is about, at most. */
export const KEYS_AT_ONCE = 1000;

export const WORKERS_KEY = `${PREFIX}:workers`;
/** Which builds studies ask for: by study. */
export const STUDIES_KEY = `${PREFIX}:studies`;

export const offerKey = (study: string): string => `${PREFIX}:study:${study}`;
export const chunkKey = (study: string, chunk: number): string => `${PREFIX}:study:${study}:table:${chunk}`;
export const resultKey = (job: string): string => `${PREFIX}:result:${job}`;

/** One queue for each build: a worker never sees jobs of another. */
export const queueName = (build: string): string => `folds-${build.replaceAll(':', '-')}`;

/** BullMQ's own keys of a queue, but for those that end by themselves. */
const QUEUE_BOOKS =
  'meta id events marker wait active delayed paused prioritized pc stalled failed completed repeat'.split(' ');

/** The keys of a build's queue, and of those of its jobs that are named. */
export function queueKeys(build: string, jobs: readonly string[] = []): string[] {
  return [...QUEUE_BOOKS, ...jobs].map((key) => `${PREFIX}:${queueName(build)}:${key}`);
}

/** Fits give the same bits in the same version of this package and of V8, which a major version of Node keeps to. */
export function buildOf(version: string, node = process.versions.node): string {
  return `${version}-node${node.split('.')[0]}`;
}

/** Those that see one folder are among themselves: the others would not find the tables. */
export function sharedBuild(build: string, folder: string): string {
  return `${build}-shared-${folder}`;
}

const BUILD = /^(.*)-node(\d+)(?:-shared-([a-z0-9]+))?$/;

/** Whether two builds give the same bits, whatever folder they see. */
export function haveSameBits(a: string, b: string): boolean {
  const [one, other] = [a, b].map((build) => build.replace(/-shared-[a-z0-9]+$/, ''));
  return one === other;
}

/** `0.1.0-node20` as people say it. */
export function buildWords(build: string): string {
  const [, version = build, node, folder] = BUILD.exec(build) ?? [];
  if (node === undefined) return build;
  const where = folder === undefined ? '' : ` with the shared folder ${folder}`;
  return `lrnn-automl ${version} on Node ${node}${where}`;
}

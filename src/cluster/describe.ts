/** @file Whether a Redis can be used, and who works there. */

import { buildOf, buildWords, haveSameBits, sharedBuild } from './keys.js';
import { openLink } from './link.js';
import { listWorkers } from './roster.js';
import { openShared } from './shared.js';

export interface ClusterLine {
  readonly name: string;
  readonly available: boolean;
  /** One sentence. */
  readonly detail: string;
}

/** Throws usage: not a URL; state: why it cannot be used. */
export async function describeCluster(url: string, version: string): Promise<ClusterLine[]> {
  const link = await openLink({ url, notice: () => undefined });
  try {
    const own = buildOf(version);
    const workers = [...(await listWorkers(link.redis)).values()];
    const lines = workers.map(({ build, host, pid, cores, slots, running, done }): ClusterLine => {
      const work = `${running} of ${slots} folds at once, ${done} done, ${cores} ${cores === 1 ? 'core' : 'cores'}`;
      const isOwn = haveSameBits(build, own);
      const other = isOwn ? '' : '; idles for studies of this version';
      return {
        name: `worker ${host}:${pid}`,
        available: isOwn,
        detail: `${buildWords(build)}, ${work}${other}`,
      };
    });
    const about = [
      link.address,
      `version ${link.version}`,
      workers.length === 1 ? '1 worker' : `${workers.length} workers`,
      ...link.remarks,
    ].join('; ');
    return [{ name: 'redis', available: true, detail: about }, ...lines];
  } finally {
    await link.close();
  }
}

/** Where a search may go. */
export interface ClusterPlace {
  readonly redis: string;
  /** A folder that its workers see, too. */
  readonly shared?: string | undefined;
}

/** How many workers of this version (and of this folder) there are, and how many folds they run at once. Throws as `describeCluster` does. */
export async function countWorkers(
  { redis, shared }: ClusterPlace,
  version: string,
): Promise<{ workers: number; slots: number }> {
  const bits = buildOf(version);
  const build = shared === undefined ? bits : sharedBuild(bits, (await openShared(shared)).id);
  const link = await openLink({ url: redis, notice: () => undefined });
  try {
    const own = [...(await listWorkers(link.redis)).values()].filter((worker) => worker.build === build);
    return { workers: own.length, slots: own.reduce((sum, { slots }) => sum + slots, 0) };
  } finally {
    await link.close();
  }
}

/** Throws usage, state: what a search there would throw at its begin. */
export async function requireCluster({ redis, shared }: ClusterPlace): Promise<void> {
  if (shared !== undefined) await openShared(shared);
  const link = await openLink({ url: redis, notice: () => undefined });
  await link.close();
}

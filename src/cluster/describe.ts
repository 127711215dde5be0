/** @file Whether a Redis can be used, and who works there. */

import { buildOf, buildWords } from './keys.js';
import { openLink } from './link.js';
import { listWorkers } from './roster.js';

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
      const work = `${running} of ${slots} folds at once, ${done} done, ${cores} cores`;
      const other = build === own ? '' : '; idles for studies of this version';
      return {
        name: `worker ${host}:${pid}`,
        available: build === own,
        detail: `${buildWords(build)}, ${work}${other}`,
      };
    });
    const about = [link.address, `version ${link.version}`, `${workers.length} workers`, ...link.remarks].join('; ');
    return [{ name: 'redis', available: true, detail: about }, ...lines];
  } finally {
    await link.close();
  }
}

/** How many workers of this version there are, and how many folds they run at once. Throws as `describeCluster` does. */
export async function countWorkers(url: string, version: string): Promise<{ workers: number; slots: number }> {
  const link = await openLink({ url, notice: () => undefined });
  try {
    const own = [...(await listWorkers(link.redis)).values()].filter(({ build }) => build === buildOf(version));
    return { workers: own.length, slots: own.reduce((sum, { slots }) => sum + slots, 0) };
  } finally {
    await link.close();
  }
}

/** Throws usage, state: what a search over this Redis would throw at its begin. */
export async function requireRedis(url: string): Promise<void> {
  const link = await openLink({ url, notice: () => undefined });
  await link.close();
}

/** @file A look at a cluster for pages: shared for a few seconds, and never waited for for long. */

import type { ClusterPlace } from '../../cluster/index.js';
import { checkRedisUrl, countWorkers, withoutPassword } from '../../cluster/index.js';
import { ToolkitError } from '../../core/index.js';
import { packageVersion } from '../package-info.js';

/** Null where it cannot be reached, or not be used. */
export type ClusterLook = { readonly workers: number; readonly slots: number } | null;

const LOOK_MS = 5000;
const PATIENCE_MS = 1500;

export interface WatchTiming {
  readonly lookMs?: number;
  readonly patienceMs?: number;
  /** Hears why it cannot be used: each reason once. */
  readonly onNotice?: ((sentence: string) => void) | undefined;
  readonly count?: (place: ClusterPlace, version: string) => Promise<{ workers: number; slots: number }>;
}

/** The Redis to which a server may hand its searches. */
export class ClusterWatch {
  private lookedAt = -Infinity;
  private pending: Promise<ClusterLook> | null = null;
  private last: ClusterLook = null;
  private readonly said = new Set<string>();
  private readonly url: string;

  /** Throws usage: not the URL of a Redis. */
  constructor(
    /** What a search needs to be told. */
    readonly place: ClusterPlace,
    private readonly timing: WatchTiming = {},
  ) {
    checkRedisUrl(place.redis, '--redis');
    this.url = place.redis;
  }

  /** The last answer where a new one takes its time. */
  async look(): Promise<ClusterLook> {
    const { lookMs = LOOK_MS, patienceMs = PATIENCE_MS } = this.timing;
    if (performance.now() - this.lookedAt >= lookMs) this.pending ??= this.ask();
    if (this.pending === null) return this.last;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)));
    await Promise.race([this.pending, patience]);
    clearTimeout(timer);
    return this.last;
  }

  /**
   * Where a study goes on, password and all, that was searched over `kept`. What a study says leads nowhere else, to no Redis and to no
   * folder: the table and the password would go there.
   *
   * Throws   state: it was another Redis
   */
  placeFor(kept: string): ClusterPlace {
    if (asNow(kept) === withoutPassword(this.url)) return this.place;
    throw otherRedis(kept);
  }

  private async ask(): Promise<ClusterLook> {
    const { count = countWorkers } = this.timing;
    this.last = await count(this.place, packageVersion()).catch((error: unknown) => this.say(error));
    this.lookedAt = performance.now();
    this.pending = null;
    return this.last;
  }

  private say(error: unknown): null {
    const reason = error instanceof Error ? error.message : String(error);
    if (!this.said.has(reason)) this.timing.onNotice?.(`The cluster cannot be used now. ${reason}`);
    this.said.add(reason);
    return null;
  }
}

/** A URL as this version writes it: earlier ones kept the database 0. */
function asNow(kept: string): string {
  return URL.canParse(kept) ? withoutPassword(kept) : kept;
}

/** Of a study whose folds went to a Redis that this server does not know. */
export function otherRedis(kept: string): ToolkitError {
  const rule = 'goes on over the Redis it began with, and this server was not started with that one';
  const hint = 'Start it with lrnn serve --redis and that URL, or go on with lrnn fit --resume.';
  return new ToolkitError('state', { where: 'resume', rule, got: kept, hint });
}

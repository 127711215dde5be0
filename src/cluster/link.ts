/** @file The way to Redis: opened once with a clear answer, kept open through its absences. */

import type { Redis } from 'ioredis';

import { ToolkitError } from '../core/index.js';
import { addressOf, checkRedisUrl, loginOf } from './address.js';
import { redisFault } from './faults.js';
import { PREFIX } from './keys.js';
import type { Packages } from './packages.js';
import { loadPackages } from './packages.js';

export interface Link {
  readonly redis: Redis;
  readonly bullmq: Packages['bullmq'];
  /** Without a password. */
  readonly address: string;
  /** What this Redis is not set up for; none where all is well. */
  readonly remarks: readonly string[];
  /** Version of Redis, or the one that a server of its kind is compatible with. */
  readonly version: string;
  /** Milliseconds since the way was lost; 0 while it is there. */
  readonly lostMs: number;
  /** What is wrong while it is lost, as the last try to find it again says. */
  readonly fault: ToolkitError | null;
  close(): Promise<void>;
}

export interface LinkSetup {
  readonly url: string;
  /** Hears once when Redis is gone, and once when it is back. */
  readonly notice: (sentence: string) => void;
  /** How long an answer may take before the way is taken for lost. */
  readonly silentMs?: number | undefined;
  /** How long it may be gone before it is said why: a restart takes a moment. */
  readonly reasonMs?: number | undefined;
}

const CONNECT_MS = 10_000;
const LONGEST_PAUSE_MS = 2000;
/** A result of 500 MB is on its way for less; a machine that was switched off says nothing for ever. */
const SILENT_MS = 120_000;
const REASON_MS = 5000;
const CLOSE_MS = 2000;
/** For GETDEL, and what BullMQ needs. */
const LEAST_VERSION = [6, 2] as const;

/** Throws usage: not a URL; state: a package is missing, or what is wrong with Redis or the way there. */
export async function openLink(setup: LinkSetup): Promise<Link> {
  const url = checkRedisUrl(setup.url);
  const link = new OpenLink(await loadPackages(), url, setup);
  try {
    await link.open();
    return link;
  } catch (error) {
    link.redis.disconnect();
    throw redisFault(error, link.address);
  }
}

class OpenLink implements Link {
  readonly redis: Redis;
  readonly bullmq: Packages['bullmq'];
  readonly address: string;
  readonly remarks: string[] = [];
  version = '';
  fault: ToolkitError | null = null;
  private lastError: unknown = null;
  /** The reasons that were said of this absence: they may take turns. */
  private readonly said = new Set<string>();
  /** By a clock that nobody sets: a study must not be given up because a machine's time was put right. */
  private lostAt: number | null = null;
  private isOpen = false;
  private isClosing = false;

  constructor(
    { Redis, bullmq }: Packages,
    url: URL,
    private readonly setup: LinkSetup,
  ) {
    this.bullmq = bullmq;
    this.address = addressOf(url);
    this.redis = new Redis({
      ...loginOf(url),
      lazyConnect: true,
      connectTimeout: CONNECT_MS,
      socketTimeout: setup.silentMs ?? SILENT_MS,
      // What is asked while Redis is away is asked when it is back.
      maxRetriesPerRequest: null,
      retryStrategy: (times) => (this.isOpen ? Math.min(50 * times, LONGEST_PAUSE_MS) : null),
    });
    this.redis.on('error', (error) => this.fail(error));
    this.redis.on('close', () => this.lose());
    this.redis.on('ready', () => this.find());
  }

  get lostMs(): number {
    return this.lostAt === null ? 0 : performance.now() - this.lostAt;
  }

  async open(): Promise<void> {
    try {
      await this.redis.connect();
      await this.look();
    } catch (error) {
      // What ends an attempt says less than what went wrong in it.
      throw this.lastError ?? error;
    }
    this.isOpen = true;
  }

  async close(): Promise<void> {
    this.isClosing = true;
    if (this.lostAt === null) await within(CLOSE_MS, this.redis.quit());
    this.redis.disconnect();
  }

  /** Whether everything may be done here that will have to be done. */
  private async look(): Promise<void> {
    // Of a database that is not there ioredis says nothing.
    await this.redis.select(this.redis.options.db ?? 0);
    const info = await this.redis.info();
    const field = (name: string): string => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
    this.version = field('redis_version');
    const [major = 0, minor = 0] = this.version.split('.').map(Number);
    if (major < LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor < LEAST_VERSION[1])) {
      const rule = `must be Redis ${LEAST_VERSION.join('.')} or later, or Valkey`;
      throw new ToolkitError('state', { where: this.address, rule, got: this.version });
    }
    const policy = field('maxmemory_policy');
    if (policy !== 'noeviction' && policy !== '') {
      const why = 'throws things away when it is full, also what a study needs';
      this.remarks.push(`${this.address} ${why}: set its maxmemory-policy to noeviction, which is now ${policy}`);
    }
    const probe = `${PREFIX}:probe`;
    await this.redis.set(probe, '', 'EX', 1);
    await this.redis.unlink(probe);
  }

  /** Other things may be wrong with a Redis that comes back than with the one that went: another password, its data, its port. */
  private fail(error: unknown): void {
    this.lastError = error;
    if (this.lostAt === null || this.isClosing) return;
    this.fault = redisFault(error, this.address);
    const { message } = this.fault;
    if (this.lostMs < (this.setup.reasonMs ?? REASON_MS) || this.said.has(message)) return;
    this.said.add(message);
    this.setup.notice(`${message} Still waiting.`);
  }

  private lose(): void {
    if (!this.isOpen || this.isClosing || this.lostAt !== null) return;
    this.lostAt = performance.now();
    this.fault = redisFault(this.lastError ?? new Error('Connection is closed'), this.address);
    this.setup.notice(`${this.address} is gone: waiting until it is back`);
  }

  private find(): void {
    if (this.lostAt === null) return;
    const seconds = Math.round(this.lostMs / 1000);
    this.lostAt = null;
    this.lastError = null;
    this.said.clear();
    this.setup.notice(`${this.address} is back after ${seconds} s`);
  }
}

/** Waits for so long at most; what fails is no matter. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([work.catch(() => undefined), end]);
  clearTimeout(timer);
}

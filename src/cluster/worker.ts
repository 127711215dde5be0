/** @file The side that fits: takes jobs of its own version from the queue, and sends back what came of them. */

import { randomBytes } from 'node:crypto';
import { availableParallelism, hostname } from 'node:os';

import type { Job, Worker } from 'bullmq';

import type { Executor, FoldMachine, FoldResult, StudyData } from '../automl/index.js';
import { checkData } from '../core/index.js';
import { TableCache } from './cache.js';
import { isFull, redisFault } from './faults.js';
import { isKept, keepResult } from './keep.js';
import { buildOf, buildWords, PREFIX, queueName, sharedBuild, STUDIES_KEY } from './keys.js';
import type { Link } from './link.js';
import { openLink, within } from './link.js';
import type { JobMessage, StudyOffer } from './messages.js';
import { checkMessage, jobName, MAX_DOING } from './messages.js';
import { announce, HEARTBEAT_MS, leave, renewQueue } from './roster.js';
import type { SharedFolder } from './shared.js';
import { fetchShared, openShared } from './shared.js';
import { Tables } from './tables.js';
import type { FoldCounts } from './tally.js';
import { endOf, Tally } from './tally.js';
import { fetchTable, readOffer } from './transfer.js';

export interface ClusterWorkerSetup {
  readonly url: string;
  /** Of this package. */
  readonly version: string;
  /** Folds at once. */
  readonly concurrency: number;
  /** Folder of tables that were here before. */
  readonly cache: string;
  /** A folder that the coordinators see, too: takes folds of studies that name it, and of no others. */
  readonly shared?: string | undefined;
  /** After so long without a word from a worker its jobs go to others. */
  readonly lockMs?: number;
  /** How often it says that it is there. */
  readonly heartbeatMs?: number;
  /** What runs the folds of a study here. */
  readonly makeExecutor: (data: StudyData) => Executor;
  /** Hears what has changed, once. */
  readonly notice: (sentence: string) => void;
}

export interface ClusterWorker {
  /** Of Redis, without a password. */
  readonly address: string;
  readonly done: number;
  readonly running: number;
  status(): WorkerStatus;
  /** Gives the folds under way back to the queue, for others; twice is harmless. */
  close(): Promise<void>;
}

/** What is true of a worker at this moment. */
export interface WorkerStatus extends FoldCounts {
  /** `lrnn-automl 0.1.0 on Node 20`. */
  readonly build: string;
  /** Folds at once. */
  readonly slots: number;
  /** Why it cannot reach Redis now; null where it can. */
  readonly fault: string | null;
  /** Folds of this version that nobody has begun, and those under way at all its workers; null where Redis was not asked yet. */
  readonly queue: QueueLength | null;
}

export interface QueueLength {
  readonly waiting: number;
  readonly running: number;
}

export const LOCK_MS = 30_000;
/** Times that a job goes to another worker when its own was lost. */
const TIMES_LOST = 3;
const CLOSE_MS = 3000;
/** After which it asks again for work that Redis would not give. */
const ASK_AGAIN_MS = 2000;
const OVER = 'its study is over';

class StudyOver extends Error {
  constructor() {
    super(OVER);
  }
}

/** Throws state: Redis is not there, or not as it must be. */
export async function startClusterWorker(setup: ClusterWorkerSetup): Promise<ClusterWorker> {
  const folder = setup.shared === undefined ? null : await openShared(setup.shared);
  const link = await openLink({ url: setup.url, notice: setup.notice });
  const worker = new RunningWorker(setup, link, folder);
  try {
    await worker.open();
    return worker;
  } catch (error) {
    await worker.close();
    throw redisFault(error, link.address);
  }
}

class RunningWorker implements ClusterWorker {
  readonly address: string;
  private readonly tally = new Tally();
  private queue: QueueLength | null = null;
  private readonly id = randomBytes(8).toString('hex');
  /** As the studies keep it. */
  private readonly machine: FoldMachine = { name: hostname(), cores: availableParallelism() };
  private readonly build: string;
  private readonly cache: TableCache;
  private readonly tables: Tables;
  private readonly said = new Set<string>();
  private worker: Worker | null = null;
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> | null = null;
  private closed: Promise<void> | null = null;

  constructor(
    private readonly setup: ClusterWorkerSetup,
    private readonly link: Link,
    private readonly folder: SharedFolder | null,
  ) {
    this.address = link.address;
    const bits = buildOf(setup.version);
    this.build = folder === null ? bits : sharedBuild(bits, folder.id);
    this.cache = new TableCache(setup.cache);
    const fetch = (study: string, offer: StudyOffer): Promise<Uint8Array> => this.fetch(study, offer);
    this.tables = new Tables(this.cache, fetch, setup.makeExecutor, (sentence) => this.say(sentence));
  }

  get done(): number {
    return this.tally.done;
  }

  get running(): number {
    return this.tally.running;
  }

  status(): WorkerStatus {
    const { link, queue, setup } = this;
    const away = Math.round(link.lostMs / 1000);
    const fault = link.lostMs > 0 ? `${this.address} is gone for ${away} s: ${link.fault?.parts.rule ?? ''}` : null;
    return { ...this.tally.counts(), build: buildWords(this.build), slots: setup.concurrency, fault, queue };
  }

  async open(): Promise<void> {
    const { concurrency, lockMs = LOCK_MS } = this.setup;
    const { redis, bullmq, remarks } = this.link;
    for (const remark of remarks) this.say(remark);
    await this.tell();
    await this.lookAtQueue();
    await this.cache.sweep();
    this.worker = new bullmq.Worker(queueName(this.build), (job, token) => this.process(job, token), {
      connection: redis,
      prefix: PREFIX,
      skipVersionCheck: true,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: TIMES_LOST,
      runRetryDelay: ASK_AGAIN_MS,
    });
    this.worker.on('error', (error) => this.complain(error));
    this.timer = setInterval(() => this.beat(), this.setup.heartbeatMs ?? HEARTBEAT_MS);
    await this.worker.waitUntilReady();
  }

  close(): Promise<void> {
    return (this.closed ??= this.end());
  }

  /** One job. What it returns says in BullMQ's lists how it went; the result itself lies beside. */
  private async process(job: Job, token: string | undefined): Promise<string> {
    const message = this.read(job);
    const { redis } = this.link;
    const [offer, isDone] = await Promise.all([readOffer(redis, message.study), isKept(redis, job.id!)]);
    if (offer === null) return OVER;
    // A killed session's, whose study goes on with another table; or what somebody made up.
    if (job.id !== jobName(message, offer.table)) return 'its table is not there';
    if (isDone) return 'done before';
    const end = this.tally.begin(message);
    try {
      return await this.tables.use(message.study, offer, async ({ executor, folds }) => {
        const { fold, refit } = message.job;
        checkData(refit === 'all' || fold < folds, 'job', 'must be of a fold that the table has', fold);
        const result = await executor.run(message.job);
        await this.keep(message, job.id!, { ...result, machine: this.machine });
        end(endOf(result));
        return 'done';
      });
    } catch (error) {
      const isOver = error instanceof StudyOver;
      end(this.closed || isOver ? 'returned' : 'lost');
      if (isOver) return OVER;
      if (!this.closed) throw error;
      await job.moveToWait(token);
      throw new this.link.bullmq.WaitingError();
    }
  }

  private fetch(study: string, offer: StudyOffer): Promise<Uint8Array> {
    const { folder, link } = this;
    const goOn = (): Promise<void> => this.checkOffered(study, offer);
    return folder === null ? fetchTable(link.redis, study, offer) : fetchShared({ folder, study, offer, goOn });
  }

  /** Throws where nobody waits for the table any more: its file would never come. */
  private async checkOffered(study: string, { table }: StudyOffer): Promise<void> {
    if (this.closed) throw new Error('the worker is closed');
    // A Redis that is away says nothing of the study.
    if (this.link.lostMs > 0) return;
    const now = await readOffer(this.link.redis, study);
    if (now?.table !== table) throw new StudyOver();
  }

  /** What is no message of ours would be none the next time either. */
  private read(job: Job): JobMessage {
    try {
      return checkMessage(job.data, 'job');
    } catch (error) {
      throw new this.link.bullmq.UnrecoverableError((error as Error).message);
    }
  }

  private async keep({ study }: JobMessage, name: string, result: FoldResult): Promise<void> {
    // Thrown: another try, here or elsewhere.
    if (!result.ok && result.lost) throw new Error(result.error);
    const onFull = (error: unknown): void => {
      if (this.closed) throw error;
      this.complain(error);
    };
    await keepResult({ redis: this.link.redis, study, name, result, onFull });
  }

  private beat(): void {
    if (this.round || this.link.lostMs > 0) return;
    // What is only read comes first: a full Redis refuses the word.
    this.round = this.lookAtQueue()
      .then(() => this.lookForOthers())
      .then(() => this.tell())
      .catch((error: unknown) => this.complain(error))
      .finally(() => (this.round = null));
  }

  private async tell(): Promise<void> {
    const { build, running, done, setup } = this;
    const doing = this.tally.counts().underWay.slice(0, MAX_DOING);
    const { name: host, cores } = this.machine;
    const about = { build, host, pid: process.pid, cores };
    await renewQueue(this.link.redis, build);
    await announce(this.link.redis, this.id, { ...about, slots: setup.concurrency, running, done, doing });
  }

  private async lookAtQueue(): Promise<void> {
    const [waiting, running] = await Promise.all(
      ['wait', 'active'].map((list) => this.link.redis.llen(`${PREFIX}:${queueName(this.build)}:${list}`)),
    );
    this.queue = { waiting, running };
  }

  /** Studies of other versions: somebody may be waiting for a worker that this one is not. */
  private async lookForOthers(): Promise<void> {
    for (const build of new Set(await this.link.redis.hvals(STUDIES_KEY))) {
      if (build === this.build) continue;
      this.say(`a study is of ${buildWords(build)}: this worker is of ${buildWords(this.build)}, and idles for it`);
    }
  }

  private complain(error: unknown): void {
    // That Redis is gone has been said.
    if (this.closed || this.link.lostMs > 0 || /Connection is closed|ECONN/.test(String(error))) return;
    const { message } = redisFault(error, this.address);
    this.say(isFull(error) ? `${message} Waiting for room.` : message);
  }

  private say(sentence: string): void {
    if (this.said.has(sentence)) return;
    this.said.add(sentence);
    this.setup.notice(sentence);
  }

  private async end(): Promise<void> {
    clearInterval(this.timer);
    const closing = this.worker?.close() ?? Promise.resolve();
    // Folds under way end with their threads, and go back into the queue.
    await within(CLOSE_MS, this.tables.close());
    await within(CLOSE_MS, closing);
    if (this.link.lostMs === 0) await within(CLOSE_MS, leave(this.link.redis, this.id));
    await this.link.close();
  }
}

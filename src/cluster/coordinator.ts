/** @file The side that searches: an Executor whose jobs go into a queue, and whose results come back as bytes. */

import type { Queue, QueueEvents } from 'bullmq';

import type { Executor, FoldJob, FoldResult, MachinesView, StudyData } from '../automl/index.js';
import { Attendance } from './attendance.js';
import { goneFor, isFull, redisFault } from './faults.js';
import { removeResults } from './keep.js';
import {
  buildOf,
  KEYS_AT_ONCE,
  LIFETIME_SECONDS,
  PREFIX,
  queueKeys,
  queueName,
  resultKey,
  sharedBuild,
} from './keys.js';
import type { Link } from './link.js';
import { openLink, within } from './link.js';
import { Machines } from './machines.js';
import type { StudyOffer, WorkerEntry } from './messages.js';
import { jobName, messageJson } from './messages.js';
import { failedOutcome, outcomeOf } from './outcome.js';
import { HEARTBEAT_MS, listWorkers, renewQueue } from './roster.js';
import type { SharedFolder } from './shared.js';
import { openShared } from './shared.js';
import { SharedStudy } from './shared-study.js';
import { encodeTable } from './table.js';
import { offerOf, removeTable, renewTable, sendTable } from './transfer.js';

export interface ClusterSetup {
  readonly url: string;
  /** Of this package. */
  readonly version: string;
  /** The same in every session of a study, and in no other study: 32 hexadecimal digits. */
  readonly study: string;
  readonly data: StudyData;
  /** A folder that all workers see: the table goes through it, and not through Redis. */
  readonly shared?: string | undefined;
  /** Hears what has changed out there, once. */
  readonly notice: (sentence: string) => void;
  /** Hears with every look around who is there; what it throws ends the study. */
  readonly onMachines?: (machines: MachinesView) => void;
  /** How long Redis may be away before the study is given up. */
  readonly giveUpMs?: number;
  /** How long an answer of Redis may take before it is taken for gone. */
  readonly silentMs?: number;
  /** How often it looks around. */
  readonly heartbeatMs?: number;
  /** Ends the waiting while the table is sent. */
  readonly signal?: AbortSignal | undefined;
}

/** A study's place among the workers; its executors come and go. */
export interface Cluster {
  /** Folds that the workers of this version run at once, and how many of them there are. */
  readonly slots: number;
  readonly workers: number;
  executor(): Executor;
  /** Takes everything of the study out of Redis; twice is harmless. */
  close(): Promise<void>;
}

interface Pending {
  readonly job: FoldJob;
  readonly owner: object;
  readonly resolve: (result: FoldResult) => void;
  readonly reject: (error: Error) => void;
  /** Looked at by a round before: what it finds missing now is missing. */
  isOld: boolean;
}

const GIVE_UP_MS = 5 * 60_000;
/** Failures of the way there and of threads; lost workers are counted by the workers' own rule. */
const ATTEMPTS = 3;
const RETRY_MS = 500;
/** Events that Redis keeps for those who were away. */
const EVENTS = 10_000;
/** Jobs under way at least, so that workers that come have work, and beyond the workers' number, so that none waits for its next. */
const LEAST_CAPACITY = 8;
const AHEAD = 1.25;
const CLOSE_MS = 3000;

/** Throws state: Redis is not there, or not as it must be, or stays away meanwhile; limit: the table is too large to be sent; the signal's reason. */
export async function openCluster(setup: ClusterSetup): Promise<Cluster> {
  const { url, notice, silentMs, shared } = setup;
  const folder = shared === undefined ? null : await openShared(shared);
  const link = await openLink({ url, notice, silentMs });
  const coordinator = new Coordinator(setup, link, folder);
  try {
    await coordinator.open();
    return coordinator;
  } catch (error) {
    await coordinator.close();
    throw setup.signal?.aborted ? setup.signal.reason : (coordinator.dead ?? redisFault(error, link.address));
  }
}

class Coordinator implements Cluster {
  slots = 0;
  workers = 0;
  private readonly machines: Machines;
  private readonly attendance: Attendance;
  private readonly build: string;
  private readonly shared: SharedStudy | null;
  private readonly pending = new Map<string, Pending>();
  /** Of which a result may lie in Redis: also of those that are settled, where two workers had one. */
  private readonly sent = new Set<string>();
  private readonly said = new Set<string>();
  private readonly queue: Queue;
  private events: QueueEvents | null = null;
  private offer: StudyOffer;
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> | null = null;
  private isBegun = false;
  private stopWaiting: (error: unknown) => void = () => undefined;
  dead: Error | null = null;
  private closed: Promise<void> | null = null;

  constructor(
    private readonly setup: ClusterSetup,
    private readonly link: Link,
    folder: SharedFolder | null,
  ) {
    const bits = buildOf(setup.version);
    this.build = folder === null ? bits : sharedBuild(bits, folder.id);
    const again = (): Uint8Array => encodeTable(setup.data);
    const notice = (sentence: string): void => this.say(sentence);
    this.shared = folder && new SharedStudy({ folder, study: setup.study, again, notice });
    this.machines = new Machines(setup.study);
    this.attendance = new Attendance(this.build, setup.notice);
    this.offer = { build: this.build, table: '', bytes: 0, chunks: 0 };
    this.queue = new link.bullmq.Queue(queueName(this.build), {
      ...this.connection(),
      streams: { events: { maxLen: EVENTS } },
    });
    this.queue.on('error', () => undefined);
  }

  async open(): Promise<void> {
    for (const remark of this.link.remarks) this.say(remark);
    this.timer = setInterval(() => this.beat(), this.setup.heartbeatMs ?? HEARTBEAT_MS);
    const { signal } = this.setup;
    await new Promise<void>((resolve, reject) => {
      this.stopWaiting = reject;
      this.round = this.begin().then(resolve, reject);
      if (signal?.aborted) reject(signal.reason as Error);
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    this.round = null;
  }

  private async begin(): Promise<void> {
    await this.send();
    await this.listen();
    this.look(await listWorkers(this.link.redis));
    this.isBegun = true;
  }

  executor(): Executor {
    const owner = {};
    const capacity = (): number => Math.max(LEAST_CAPACITY, Math.ceil(AHEAD * this.slots));
    return {
      get capacity() {
        return capacity();
      },
      run: (job) => this.run(job, owner),
      close: () => this.withdraw(owner),
    };
  }

  close(): Promise<void> {
    return (this.closed ??= this.end());
  }

  private run(job: FoldJob, owner: object): Promise<FoldResult> {
    return new Promise((resolve, reject) => {
      if (this.closed || this.dead) return reject(this.dead ?? new Error('the cluster is closed'));
      const name = jobName({ study: this.setup.study, job }, this.offer.table);
      this.pending.set(name, { job, owner, resolve, reject, isOld: false });
      this.sent.add(name);
      void this.submit(name, job);
    });
  }

  /** A result that came in while nobody waited for it is taken as it is. */
  private async submit(name: string, job: FoldJob): Promise<void> {
    const { study } = this.setup;
    try {
      if (await this.take(name)) return;
      await this.queue.add('fold', messageJson({ study, job }), {
        jobId: name,
        attempts: ATTEMPTS,
        backoff: { type: 'fixed', delay: RETRY_MS },
        removeOnComplete: true,
        removeOnFail: { age: LIFETIME_SECONDS },
      });
      // What nobody takes out of the queue any more goes by itself.
      await this.link.redis.expire(queueKeys(this.build, [name]).at(-1)!, LIFETIME_SECONDS);
    } catch (error) {
      // The next round finds it missing, and tries again.
      this.doubt(error);
    }
  }

  /** What was asked of Redis and could not be done; the end where waiting would not help. */
  private doubt(error: unknown): void {
    if (this.closed) return;
    const fault = redisFault(error, this.link.address);
    if (isFull(error)) this.say(`${fault.message} Waiting for room.`);
    else if (!/Connection is closed|Command aborted/i.test(String(error))) this.giveUp(fault);
  }

  /** Settles a job whose result lies in Redis; false where none does. */
  private async take(name: string): Promise<boolean> {
    const bytes = await this.link.redis.getBuffer(resultKey(name));
    if (bytes === null) return false;
    const pending = this.pending.get(name);
    if (pending) this.settle(name, outcomeOf(bytes, pending.job, this.setup.data));
    await this.link.redis.unlink(resultKey(name));
    return true;
  }

  private settle(name: string, result: FoldResult): void {
    const pending = this.pending.get(name);
    this.pending.delete(name);
    pending?.resolve(result);
  }

  private async listen(): Promise<void> {
    const { redis, bullmq } = this.link;
    const name = queueName(this.build);
    // From here on: nothing that happens before the first question is missed.
    const [last] = await redis.xrevrange(`${PREFIX}:${name}:events`, '+', '-', 'COUNT', 1);
    const events = new bullmq.QueueEvents(name, { ...this.connection(), lastEventId: last?.[0] ?? '0-0' });
    this.events = events;
    events.on('error', () => undefined);
    events.on('completed', ({ jobId }) => void this.completed(jobId));
    events.on('failed', ({ jobId, failedReason }) => void this.failed(jobId, failedReason));
    await events.waitUntilReady();
  }

  /** Done, and its result is there; or dropped by a worker that did not find the study: then it is sent again. */
  private async completed(name: string): Promise<void> {
    const pending = this.pending.get(name);
    if (!pending) return;
    try {
      // The study has to be offered again first: the round does both.
      if (!(await this.take(name)) && this.pending.has(name)) this.beat();
    } catch (error) {
      this.doubt(error);
    }
  }

  private async failed(name: string, reason: string): Promise<void> {
    if (!this.pending.has(name)) return;
    this.settle(name, failedOutcome(reason));
    await this.queue.remove(name).catch(() => 0);
  }

  /** Every few seconds, one after the other. */
  private beat(): void {
    const { giveUpMs = GIVE_UP_MS } = this.setup;
    const { lostMs, fault } = this.link;
    if (lostMs > giveUpMs) this.giveUp(goneFor(fault, lostMs));
    this.shared?.beat();
    if (lostMs > 0 || this.round || this.closed || !this.isBegun) return;
    this.round = this.lookAround()
      .catch((error: unknown) => this.doubt(error))
      .finally(() => (this.round = null));
  }

  private async lookAround(): Promise<void> {
    const { redis } = this.link;
    if (await this.isTaking()) this.look(await listWorkers(redis));
    else this.attendance.pause();
    await renewQueue(redis, this.build, [...this.pending.keys()]);
    await this.sweep();
  }

  /** Offers the study on; false where Redis is full: it takes no word of workers either, so their silence says nothing. */
  private async isTaking(): Promise<boolean> {
    try {
      if (!(await renewTable(this.link.redis, this.setup.study, this.offer))) await this.send();
      return true;
    } catch (error) {
      if (!isFull(error)) throw error;
      this.doubt(error);
      return false;
    }
  }

  /** Events can be lost: jobs that have ended unheard are found, and those that Redis has forgotten sent again. */
  private async sweep(): Promise<void> {
    const old = [...this.pending].filter(([, { isOld }]) => isOld);
    for (const pending of this.pending.values()) pending.isOld = true;
    const found = await Promise.all(old.map(([name]) => this.queue.getJobState(name)));
    for (const [i, [name, { job }]] of old.entries()) {
      if (found[i] === 'failed') await this.failed(name, (await this.queue.getJob(name))?.failedReason ?? 'it failed');
      else if (found[i] === 'unknown' || found[i] === 'completed') await this.sendAgain(name, job);
    }
  }

  /** What is left of a job that stands in no list (a full Redis breaks off half-way) would take the place of the new one. */
  private async sendAgain(name: string, job: FoldJob): Promise<void> {
    if ((await this.take(name)) || !this.pending.has(name)) return;
    await this.queue.remove(name).catch(() => 0);
    await this.submit(name, job);
  }

  private look(there: ReadonlyMap<string, WorkerEntry>): void {
    const own = this.attendance.look(there);
    this.slots = [...own.values()].reduce((sum, { slots }) => sum + slots, 0);
    this.workers = own.size;
    const now = Date.now();
    this.show({ at: now, workers: this.workers, slots: this.slots, list: this.machines.look(own, now) });
  }

  /** What fails in it is no fault of Redis, and ends the study as it is. */
  private show(machines: MachinesView): void {
    try {
      this.setup.onMachines?.(machines);
    } catch (error) {
      this.giveUp(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private async send(): Promise<void> {
    const { study, data } = this.setup;
    const bytes = encodeTable(data);
    this.offer = offerOf(this.build, bytes, this.shared !== null);
    await this.shared?.write(this.offer, bytes);
    await sendTable(this.link.redis, study, this.offer, bytes, () => !this.closed);
  }

  private say(sentence: string): void {
    if (this.said.has(sentence)) return;
    this.said.add(sentence);
    this.setup.notice(sentence);
  }

  private giveUp(fault: Error): void {
    this.dead ??= fault;
    this.stopWaiting(this.dead);
    const all = [...this.pending.values()];
    this.pending.clear();
    for (const { reject } of all) reject(this.dead);
  }

  /** Jobs that nobody has begun are taken out of the queue; what comes of the others is thrown away. */
  private async withdraw(owner: object): Promise<void> {
    const own = [...this.pending].filter(([, pending]) => pending.owner === owner);
    for (const [name, { reject }] of own) {
      this.pending.delete(name);
      reject(new Error('the executor is closed'));
    }
    if (this.dead || this.link.lostMs > 0) return;
    await within(CLOSE_MS, Promise.all(own.map(([name]) => this.queue.remove(name).catch(() => 0))));
  }

  private async end(): Promise<void> {
    clearInterval(this.timer);
    const { redis } = this.link;
    for (const { reject } of this.pending.values()) reject(new Error('the cluster is closed'));
    const names = [...this.pending.keys()];
    this.pending.clear();
    await within(CLOSE_MS, this.shared?.close() ?? Promise.resolve());
    // A round that is under way would offer the table again after it was taken out.
    await within(CLOSE_MS, this.round ?? Promise.resolve());
    // A Redis that has only just gone may be back at once.
    if (this.link.lostMs > 0 && !this.dead) await within(CLOSE_MS, redis.ping());
    const { lostMs } = this.link;
    if (lostMs === 0) {
      await within(CLOSE_MS, Promise.all(names.map((name) => this.queue.remove(name).catch(() => 0))));
      await within(CLOSE_MS, removeTable(redis, this.setup.study, this.offer));
      await within(CLOSE_MS, this.removeSent());
      await within(CLOSE_MS, removeResults(redis, this.setup.study));
    }
    // Nobody is told goodbye who is not there.
    const ms = lostMs === 0 ? CLOSE_MS : 100;
    await within(ms, this.events?.close() ?? Promise.resolve());
    await within(ms, this.queue.close());
    await this.link.close();
  }

  private async removeSent(): Promise<void> {
    const keys = [...this.sent].map(resultKey);
    for (let i = 0; i < keys.length; i += KEYS_AT_ONCE) {
      await this.link.redis.unlink(...keys.slice(i, i + KEYS_AT_ONCE));
    }
  }

  private connection() {
    return { connection: this.link.redis, prefix: PREFIX, skipVersionCheck: true };
  }
}

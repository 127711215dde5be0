/** @file A thread that explains and predicts, so that a server keeps answering meanwhile. */

import { setTimeout as wait } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';

import type { ErrorKind, ErrorParts } from '../../core/index.js';
import { ToolkitError } from '../../core/index.js';
import { spawnThread } from '../../workers/index.js';
import type { StudyQuestion, ThreadAnswer } from './study-questions.js';
import { END } from './study-questions.js';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that nobody asks any more gives its memory back, and the files that SQLite holds open for statements not collected yet. */
const IDLE_MS = 120_000;
/** How long a thread that is asked to end may go on. */
const ENDING_MS = 2000;
/** SQLite's statements hold their files open until they are collected: a small room for the young is looked through often. */
const LIMITS = { maxYoungGenerationSizeMb: 2 };

/** Started with its first question; does not keep the process alive. */
export class StudyThread {
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private next = 1;
  private idle: NodeJS.Timeout | undefined;

  /** After `idleMs` without a question the thread ends; the next question starts another. */
  constructor(private readonly idleMs = IDLE_MS) {}

  get isRunning(): boolean {
    return this.worker !== null;
  }

  /** Answers come in the order of the questions. Rejects with what the work threw, or when the thread ends. */
  ask<T>(question: StudyQuestion): Promise<T> {
    clearTimeout(this.idle);
    const worker = (this.worker ??= this.start());
    const id = this.next++;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      worker.postMessage({ id, question });
    });
  }

  /**
   * Ends what is under way; the next question starts anew. The thread is asked to end and does so at its next turn: one that is ended in the
   * middle of a call of SQLite can take the whole process with it. Only what computes for long is ended without its consent.
   */
  async close(): Promise<void> {
    const { worker } = this;
    this.lose(new Error('the thread was closed'));
    if (!worker) return;
    // Whoever waits for the end has nothing else that keeps its process alive.
    worker.ref();
    const hasEnded = new Promise((done) => worker.once('exit', done));
    worker.postMessage(END);
    await Promise.race([hasEnded, wait(ENDING_MS, undefined, { ref: false })]);
    await worker.terminate();
  }

  private start(): Worker {
    const worker = spawnThread('run/serve/study-thread-entry', { resourceLimits: LIMITS });
    worker.unref();
    worker.on('message', (answer: ThreadAnswer) => this.settle(answer));
    worker.on('error', (error: Error) => this.lose(error));
    worker.on('exit', (code) => {
      if (this.worker === worker) this.lose(new Error(`the thread ended with code ${code}`));
    });
    return worker;
  }

  private settle(answer: ThreadAnswer): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (answer.ok) waiting?.resolve(answer.value);
    else waiting?.reject(errorOf(answer));
    if (this.waiting.size === 0) this.idle = setTimeout(() => void this.close(), this.idleMs).unref();
  }

  private lose(error: Error): void {
    clearTimeout(this.idle);
    this.worker = null;
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of all) reject(error);
  }
}

/** Errors lose their class between threads. */
function errorOf({ message, kind, parts }: Extract<ThreadAnswer, { ok: false }>): Error {
  return kind === null ? new Error(message) : new ToolkitError(kind as ErrorKind, parts as ErrorParts);
}

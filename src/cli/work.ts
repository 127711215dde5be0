/** @file `lrnn worker`: fits folds until it is interrupted, and says what it is at. */

import type { Commands, EndSignal, Invocation, Output, RunningClusterWorker, Terminal } from './commands.js';
import { EXIT } from './failure.js';
import { counted, formatCount, formatSeconds } from './format.js';
import { cut, harmless, paint } from './text.js';

type WorkerInvocation = Extract<Invocation, { command: 'worker' }>;
type Status = ReturnType<RunningClusterWorker['status']>;

const TICK_MS = 250;
/** Where lines stay, one says what there is to say about a minute. */
const PLAIN_MS = 60_000;
/** Folds of the last minutes make the rate. */
const RATE_MS = 5 * 60_000;
/** Before that much time has passed a rate is a guess. */
const LEAST_RATE_MS = 10_000;

/** Ends at Ctrl-C or what a supervisor sends; that is its normal end. */
export async function work(
  { command: _, quiet, listen, ...options }: WorkerInvocation,
  commands: Commands,
  { stdout, stderr, now, onInterrupt }: Terminal,
): Promise<number> {
  const line = new WorkerLine(quiet ? null : stdout, now);
  const onNotice = (sentence: string): void => {
    line.clear();
    stderr.write(`${paint(stderr).yellow(`Note: ${harmless(sentence)}`)}\n`);
  };
  const worker = await commands.startWorker({ ...options, onNotice });
  try {
    const monitor = listen === null ? null : await commands.serveWorker(worker, listen);
    const { address } = worker;
    const count = counted(options.concurrency, 'fold');
    if (!quiet) stdout.write(`Waiting for folds at ${harmless(address)}, ${count} at a time (Ctrl-C stops)\n`);
    if (!quiet && monitor) stdout.write(`Answering /metrics and /healthz at ${monitor.url}\n`);
    const timer = setInterval(() => line.show(worker.status()), TICK_MS);
    let stopListening = (): void => undefined;
    await new Promise<EndSignal>((resolve) => (stopListening = onInterrupt(resolve)));
    clearInterval(timer);
    line.clear();
    const left = worker.running === 0 ? '' : `; others take over ${counted(worker.running, 'fold')}`;
    if (!quiet) stdout.write(`Stopping after ${counted(worker.done, 'fold')}${left}\n`);
    await monitor?.close();
    stopListening();
    return EXIT.done;
  } finally {
    await worker.close();
  }
}

/** One line that is drawn again on a terminal; elsewhere a line a minute, when there is something new. */
export class WorkerLine {
  private drawn = '';
  private toldAt: number;
  private told = '';
  /** When how many folds were done: the first is as old as the rate may be. */
  private readonly marks: { readonly at: number; readonly done: number }[];

  constructor(
    private readonly out: Output | null,
    private readonly now: () => number,
  ) {
    this.toldAt = now();
    this.marks = [{ at: this.toldAt, done: 0 }];
  }

  show(status: Status): void {
    const { out } = this;
    if (out === null) return;
    const now = this.now();
    const rate = this.rate(now, status.ends.done + status.ends.failed);
    if (out.isTTY) return this.draw(out, statusLine(status, rate, { withTimes: true }));
    const said = statusLine(status, null, { withTimes: false });
    if (said === this.told || now - this.toldAt < PLAIN_MS) return;
    this.toldAt = now;
    this.told = said;
    out.write(`${statusLine(status, rate, { withTimes: true })}\n`);
  }

  /** Takes the line away, so that something else can be printed. */
  clear(): void {
    if (this.drawn !== '') this.out?.write('\r\u001b[2K');
    this.drawn = '';
  }

  private draw(out: Output, line: string): void {
    const fits = cut(line, Math.max(1, out.columns - 1));
    if (fits === this.drawn) return;
    out.write(`\r\u001b[2K${fits}`);
    this.drawn = fits;
  }

  /** Folds per minute; null while nobody can know. */
  private rate(now: number, done: number): number | null {
    const last = this.marks.at(-1)!;
    if (done > last.done) this.marks.push({ at: now, done });
    while (this.marks.length > 2 && now - this.marks[1].at > RATE_MS) this.marks.shift();
    const [first] = this.marks;
    const ms = now - first.at;
    return ms < LEAST_RATE_MS || done === first.done ? null : ((done - first.done) * 60_000) / ms;
  }
}

/** `12 folds done, 3.1 a minute · 2 of 4 under way: gbdt-7 fold 3 (12 s), mlp-8 fold 1 (0.4 s) · 5 wait`. */
export function statusLine(
  { ends, slots, underWay, queue, fault }: Status,
  rate: number | null,
  { withTimes }: { withTimes: boolean },
): string {
  const pace = rate === null ? '' : `, ${rate < 10 ? rate.toFixed(1) : formatCount(rate)} a minute`;
  const failed = ends.failed === 0 ? '' : `, ${formatCount(ends.failed)} of them failed`;
  const time = (seconds: number): string => (withTimes ? ` (${formatSeconds(seconds)})` : '');
  const fits = underWay
    .map(({ family, trial, fold, seconds }) => `${family}-${trial} fold ${fold + 1}${time(seconds)}`)
    .join(', ');
  const parts = [
    `${counted(ends.done + ends.failed, 'fold')} done${failed}${pace}`,
    underWay.length === 0 ? 'waiting for work' : `${underWay.length} of ${slots} under way: ${fits}`,
    queue !== null && queue.waiting > 0 ? `${formatCount(queue.waiting)} wait` : '',
  ];
  return harmless(fault === null ? parts.filter((part) => part !== '').join(' · ') : `${parts[0]} · ${fault}`);
}

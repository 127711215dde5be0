/** @file What a search says of its workers as they come and go. */

import { buildWords } from './keys.js';
import type { WorkerEntry } from './messages.js';

/** After so many looks that find nobody everybody is gone: after an absence of Redis, and where it lost its data, the first word of a worker may be on its way. */
const LOOKS_GONE = 3;

export class Attendance {
  /** Looks in a row that found nobody. */
  private empty = 0;
  /** Whether somebody has been there. */
  private isMet = false;
  /** Whether it was said that nobody is there. */
  private isAlone = false;
  private readonly others = new Set<string>();

  /** Hears of workers of `build` each time that all are gone, or somebody is there again; of those of other builds once. */
  constructor(
    private readonly build: string,
    private readonly notice: (sentence: string) => void,
  ) {}

  /** Those who have a part in it. */
  look<Id>(there: ReadonlyMap<Id, WorkerEntry>): Map<Id, WorkerEntry> {
    const own = new Map([...there].filter(([, { build }]) => build === this.build));
    if (own.size > 0) this.meet(own.size);
    else this.miss();
    this.lookAtOthers([...there.values()]);
    return own;
  }

  /** Nobody could say that he is there: the looks before that found nobody count no more. */
  pause(): void {
    this.empty = 0;
  }

  private meet(count: number): void {
    if (this.isAlone) this.notice(`${count === 1 ? 'a worker is' : `${count} workers are`} there: going on`);
    [this.isAlone, this.isMet, this.empty] = [false, true, 0];
  }

  private miss(): void {
    this.empty++;
    if (this.isAlone || (this.isMet && this.empty < LOOKS_GONE)) return;
    this.isAlone = true;
    const when = this.isMet ? 'any more' : 'yet';
    this.notice(`no worker of ${buildWords(this.build)} is there ${when}: waiting for one (lrnn worker)`);
  }

  private lookAtOthers(workers: readonly WorkerEntry[]): void {
    for (const { build } of workers) {
      if (build === this.build || this.others.has(build)) continue;
      this.others.add(build);
      this.notice(`workers of ${buildWords(build)} have no part in this study, which is of ${buildWords(this.build)}`);
    }
  }
}

/** @file A server in a process of its own, and what it holds: memory after a collection, and open descriptors. */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const MAIN = resolve(import.meta.dirname, '../../dist/cli/main.js');
const KIB_PER_MIB = 1024;
const MIB = 2 ** 20;
/** Of the main thread; threads that predict and search have heaps of their own, which the resident memory counts. */
const COLLECTING = `
  import { isMainThread } from 'node:worker_threads';
  if (isMainThread) process.on('SIGUSR2', () => {
    gc(); gc();
    const { heapUsed, external } = process.memoryUsage();
    process.stderr.write('held ' + (heapUsed + external) + '\\n');
  });`;

/** What a server holds while nobody asks for anything. */
export interface Held {
  readonly residentMiB: number;
  /** Of the main thread's heap, and what hangs on it. */
  readonly heapMiB: number;
  readonly descriptors: number;
}

export class Server {
  private said = '';

  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {
    // What it logs of requests must be taken from it.
    child.stdout!.resume();
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.said += text));
  }

  static async start(words: readonly string[], temporaries: string): Promise<Server> {
    const preload = `data:text/javascript,${encodeURIComponent(COLLECTING)}`;
    const args = ['--expose-gc', '--import', preload, MAIN, 'serve', ...words, '--port', '0'];
    const env = { ...process.env, TMPDIR: temporaries };
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    return new Promise((done, fail) => {
      child.once('exit', (code) => fail(new Error(`the server ended with ${code}: ${said}`)));
      child.stderr.on('data', (text: Buffer) => (said += text.toString()));
      child.stdout.on('data', function look(text: Buffer) {
        const url = /http:\/\/[\d.:]+/.exec((said += text.toString()))?.[0];
        if (url === undefined) return;
        child.removeAllListeners('exit');
        child.stdout.off('data', look);
        child.stderr.removeAllListeners('data');
        done(new Server(url, child));
      });
    });
  }

  async held(): Promise<Held> {
    this.said = this.said.replace(/^held \d+\n/gm, '');
    this.child.kill('SIGUSR2');
    let heap: string | undefined;
    while ((heap = /^held (\d+)\n/m.exec(this.said)?.[1]) === undefined) await once(this.child.stderr!, 'data');
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    const resident = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / KIB_PER_MIB;
    const descriptors = readdirSync(join('/proc', String(this.child.pid), 'fd')).length;
    return { residentMiB: resident, heapMiB: Number(heap) / MIB, descriptors };
  }

  /** Reads its models again. */
  reload(): void {
    this.child.kill('SIGHUP');
  }

  /** Ends it as a machine that shuts down does; says how it ended, and all that it complained of. */
  async end(): Promise<{ readonly code: number | null; readonly complaints: string }> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    return { code: child.exitCode, complaints: this.said.replace(/^held \d+\n/gm, '') };
  }
}

/** @file Asking for a GPU in a process of its own: what drivers print, and their ends, are kept off this one. */

import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import type { ErrorParts } from '../../core/index.js';
import { ToolkitError } from '../../core/index.js';
import type { GpuFound, GpuName } from '../../engine/index.js';
import { driverPackages, tryGpu } from '../../engine/index.js';

/** What the process answers. */
export type Answer = { readonly found: GpuFound } | { readonly refused: ErrorParts };

/** A driver that takes longer to start than this is not waited for. */
const PATIENCE_MS = 60_000;
/** How long after its end the process is listened to. */
const GRACE_MS = 500;
/** Of what is printed, the last part is kept. */
const KEPT_CHARACTERS = 2000;
const FROM_SOURCE = import.meta.url.endsWith('.ts');
const { resolve } = createRequire(import.meta.url);
/** What has answered once is not asked again. */
const found = new Map<GpuName, GpuFound>();

/**
 * Whether the GPU can be used here, and what it is. Where no driver would be asked, as its package is missing or there is none, no process is begun.
 *
 * Throws   state: as `openEngine`; or the driver ended its process, or did not answer
 */
export async function askGpu(name: GpuName): Promise<GpuFound> {
  if (!driverPackages(name).some(isInstalled)) return tryGpu(name);
  const known = found.get(name);
  if (known) return known;
  const answer = await ask(name);
  if ('refused' in answer) throw new ToolkitError('state', answer.refused);
  found.set(name, answer.found);
  return answer.found;
}

function isInstalled(name: string): boolean {
  try {
    resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Built, this code stands in a folder of dist; in a bundle of somebody else the file is missing, and the driver is asked here. */
async function ask(name: GpuName): Promise<Answer> {
  const file = new URL(FROM_SOURCE ? './gpu-child-entry.ts' : '../run/fit/gpu-child-entry.js', import.meta.url);
  if (!existsSync(file)) return { found: await tryGpu(name) };
  return askProcess(file, name, PATIENCE_MS);
}

/**
 * The answer of a process that runs `file`; when it has answered, or has taken `patienceMs`, it is ended. One that may not or cannot be
 * begun, that ends without an answer or gives none in time, has refused.
 */
export function askProcess(file: URL, name: GpuName, patienceMs: number): Promise<Answer> {
  return new Promise((done) => {
    const refuse = (got: string): void => done({ refused: mustStart(name, got) });
    let child: ChildProcess;
    try {
      const execArgv = FROM_SOURCE ? ['--import', pathToFileURL(resolve('tsx')).href] : [];
      child = fork(file, [name], { execArgv, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    } catch (error) {
      refuse(error instanceof Error ? error.message : String(error));
      return;
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-KEPT_CHARACTERS)));
    // A driver may take its time to end, or never do so.
    child.once('message', (answer) => {
      done(answer as Answer);
      child.kill('SIGKILL');
    });
    child.once('error', ({ message }) => refuse(message));
    const end = (code: number | null, signal: string | null): void => {
      clearTimeout(timer);
      refuse([`its driver ended with ${signal ?? code}`, reasonIn(said)].filter(Boolean).join(': '));
    };
    child.once('close', end);
    // Something that the driver began can hold the pipe open.
    child.once('exit', (code, signal) => setTimeout(end, GRACE_MS, code, signal).unref());
  });
}

/** The line that names an error, else the last one that is not Node's own. */
function reasonIn(said: string): string | undefined {
  const lines = said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^Node\.js v\d/.test(line));
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1);
}

function mustStart(name: GpuName, got: string): ErrorParts {
  return { where: 'engine', rule: `${name} must start`, got, hint: 'Use --engine wasm.' };
}

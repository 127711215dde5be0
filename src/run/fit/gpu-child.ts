/** @file Asking for a GPU in a process of its own: what drivers print, and their ends, are kept off this one. */

import { fork } from 'node:child_process';
import { createRequire } from 'node:module';

import type { ErrorParts } from '../../core/index.js';
import { ToolkitError } from '../../core/index.js';
import type { GpuFound, GpuName } from '../../engine/index.js';
import { driverPackages, tryGpu } from '../../engine/index.js';

/** What the process answers. */
export type Answer = { readonly found: GpuFound } | { readonly refused: ErrorParts };

/** A driver that takes longer to start than this is not waited for. */
const PATIENCE_MS = 60_000;
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

function ask(name: GpuName): Promise<Answer> {
  // Built, this code stands in a folder of dist.
  const file = new URL(FROM_SOURCE ? './gpu-child-entry.ts' : '../run/fit/gpu-child-entry.js', import.meta.url);
  const execArgv = FROM_SOURCE ? ['--import', import.meta.resolve('tsx')] : [];
  const child = fork(file, [name], { execArgv, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  let said = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-KEPT_CHARACTERS)));
  return new Promise((done) => {
    let answer: Answer | null = null;
    child.once('message', (message) => (answer = message as Answer));
    child.once('error', (error) => done({ refused: mustStart(name, error.message) }));
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const last = said.trim().split('\n').at(-1);
      done(
        answer ?? {
          refused: mustStart(name, [`its driver ended with ${signal ?? code}`, last].filter(Boolean).join(': ')),
        },
      );
    });
  });
}

function mustStart(name: GpuName, got: string): ErrorParts {
  return { where: 'engine', rule: `${name} must start`, got, hint: 'Use --engine wasm.' };
}

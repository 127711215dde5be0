/** @file The built program as a child process, and a folder of its own for each test. */

import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';

import { expect } from 'chai';

import type { StudySummary } from '../../../src/automl/index.js';

export const ROOT = resolve(import.meta.dirname, '../../..');
export const MAIN = join(ROOT, 'dist/cli/main.js');
export const DATASETS = join(ROOT, 'datasets');

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** The match, as soon as standard output has it; fails when the program ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  readonly done: Promise<Outcome>;
}

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `lrnn` with these words. */
export function start(args: readonly string[], options: StartOptions = {}): Running {
  if (!existsSync(MAIN)) throw new Error('dist is missing: these tests run the built program (npm run build)');
  return startProgram(process.execPath, [MAIN, ...args], options);
}

const running = new Set<ChildProcessByStdio<null, Readable, Readable>>();
// A test that fails must not leave a program behind: mocha would wait for it.
afterEach(() => running.forEach((child) => child.kill('SIGKILL')));

/** Starts any program, with no input. It does not outlive the test. */
export function startProgram(program: string, args: readonly string[], { cwd, env }: StartOptions = {}): Running {
  const child = spawn(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const done = new Promise<Outcome>((settle, fail) => {
    child.on('error', fail);
    child.on('close', (code, signal) => {
      running.delete(child);
      settle({ code, signal, stdout, stderr });
    });
  });
  const until = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((settle, fail) => {
      const look = (): void => {
        const match = pattern.exec(stdout);
        if (match) settle(match);
      };
      child.stdout.on('data', look);
      void done.then((outcome) => fail(new Error(`ended before ${pattern}: ${JSON.stringify(outcome)}`)), fail);
      look();
    });
  return { child, until, done };
}

/** Runs `lrnn` to its end. */
export async function lrnn(args: readonly string[], options: StartOptions = {}): Promise<Outcome> {
  return start(args, options).done;
}

/** The words of a command line, without the shell: for words with no spaces in them. */
export const words = (line: string): string[] => line.split(' ');

/** Refused with this code and one clear sentence: nothing on standard output, no stack trace. */
export function expectRefusal({ code, stdout, stderr }: Outcome, expected: number, sentence: RegExp): void {
  expect(stderr).to.match(sentence);
  expect(stderr.trimEnd().split('\n'), 'lines').to.have.length(1);
  expect(stderr).not.to.match(/\n\s+at |node:internal/);
  expect(stdout).to.equal('');
  expect(code).to.equal(expected);
}

/** Finished with 0, or else the reason. */
export function expectDone({ code, stderr }: Outcome): void {
  expect(code, stderr).to.equal(0);
}

export interface Workspace {
  readonly path: string;
  /** Writes a file and returns its path. */
  file(name: string, content: string | Uint8Array): string;
  join(...names: string[]): string;
  remove(): void;
}

export function makeWorkspace(): Workspace {
  const path = mkdtempSync(join(tmpdir(), 'lrnn-e2e-'));
  return {
    path,
    file: (name, content) => {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    join: (...names) => join(path, ...names),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** A summary without what the clock has written. */
export function timeless({ leaderboard, refitted, seconds: _seconds, ...rest }: StudySummary) {
  const returned = refitted ? { ...refitted, seconds: 0 } : null;
  const entries = leaderboard.map(({ fitSeconds: _fit, predictMsPerRow: _predict, ...entry }) => entry);
  return { ...rest, refitted: returned, leaderboard: entries };
}

/** The object on standard output. */
export function summaryOf(outcome: Outcome): StudySummary {
  expectDone(outcome);
  return JSON.parse(outcome.stdout) as StudySummary;
}

#!/usr/bin/env node
/** @file The program `lrnn`: binds the commands to what they do, and the terminal to this process and its signals. */

import { readFileSync } from 'node:fs';
import type { WriteStream } from 'node:tty';

import type { Commands, EndSignal, Output, Terminal } from './commands.js';
import { describeFailure, EXIT } from './failure.js';
import { runCommand } from './run-command.js';
import { wantsColor } from './text.js';

/** Loaded when a command needs them: `lrnn --help` answers at once. */
const run = () => import('../run/index.js');
const server = () => import('../server/index.js');

const commands: Commands = {
  fit: async (options) => (await run()).fitNamed(options),
  inspect: async (options) => (await run()).inspectNamed(options),
  predictFile: async (...given) => (await run()).predictFile(...given),
  openStudy: async (folder) => (await run()).openStudy(folder),
  targetsOf: async (folder) => (await run()).targetsOf(folder),
  listStudies: async (folder) => (await run()).studiesOf(folder),
  exportModel: async (...given) => (await run()).exportModel(...given),
  verifyArtefact: async (path) => (await run()).verifyArtefact(path),
  doctor: async (redis) => (await run()).doctor(redis),
  startWorker: async (options) => (await run()).startWorker(options),
  serveWorker: async (worker, address) =>
    (await server()).serveWorker({ worker, version: packageVersion(), ...address }),
  serve: async (options) => (await server()).serve(withToken(options)),
  serveModel: async (options) => (await server()).serveModel(withToken(options)),
  version: packageVersion,
};

/** The token of the environment stands in no list of processes. */
function withToken<T extends { readonly token: string | undefined; readonly noAuth: boolean }>(options: T): T {
  return { ...options, token: options.token ?? (options.noAuth ? undefined : process.env.LRNN_TOKEN || undefined) };
}

/** package.json lies two levels up, from src/cli as from dist/cli. */
function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

const SIGNALS: readonly EndSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** npx passes on the Ctrl-C that the terminal has already given to us: one press, two signals. */
const ONE_PRESS_MS = 250;

/** First signal: the handler. A second one, or one after the handler was taken back: out, at once. */
function onInterrupt(handler: (signal: EndSignal) => void): () => void {
  let pressedAt = -Infinity;
  let wanted = true;
  const listener = (signal: EndSignal): void => {
    const now = performance.now();
    if (signal === 'SIGHUP' && reloadHandler) return reloadHandler();
    if (now - pressedAt < ONE_PRESS_MS) return;
    if (!wanted) process.exit(EXIT.interrupted);
    wanted = false;
    pressedAt = now;
    handler(signal);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => (wanted = false);
}

/** What a server of models does at SIGHUP. */
let reloadHandler: (() => void) | null = null;

function onReload(handler: () => void): () => void {
  reloadHandler = handler;
  return () => (reloadHandler = null);
}

function outputOf(stream: WriteStream): Output {
  // A reader that has seen enough (`lrnn show | head`) is no fault of ours.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Nor does a server end because its log cannot be written.
    if (error.code !== 'EPIPE' && strayHandler === null) throw error;
  });
  // Without a terminal the type lies: these are undefined.
  const isTTY = Boolean(stream.isTTY) && process.env.TERM !== 'dumb';
  return {
    isTTY,
    color: wantsColor(isTTY, process.env),
    get columns() {
      return stream.columns || 80;
    },
    write: (text) => void stream.write(text),
  };
}

/** Waits until everything written has left: exiting would cut what is still on its way into a pipe. */
async function flushed(stream: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((resolve) => stream.write('', () => resolve()));
}

/** What a server does with errors that nobody caught; all other commands end. */
let strayHandler: ((error: unknown) => void) | null = null;

function onStray(handler: (error: unknown) => void): () => void {
  strayHandler = handler;
  return () => (strayHandler = null);
}

process.on('uncaughtException', (error) => {
  if (strayHandler) return strayHandler(error);
  const { code, text } = describeFailure(error, packageVersion());
  process.stderr.write(`${text}\n`);
  process.exit(code);
});

const terminal: Terminal = {
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  now: () => performance.now(),
  onInterrupt,
  onReload,
  onStray,
};
const code = await runCommand(process.argv.slice(2), commands, terminal);
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit(code);

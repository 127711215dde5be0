/** @file A terminal that remembers, and commands that do nothing but what a test tells them. */

import type { Commands, EndSignal, Output, Terminal } from '../../../src/cli/commands.js';

export interface FakeOutput extends Output {
  /** Everything written so far. */
  text(): string;
}

export function fakeOutput(settings: Partial<Pick<Output, 'isTTY' | 'columns' | 'color'>> = {}): FakeOutput {
  const written: string[] = [];
  const { isTTY = false, columns = 80, color = false } = settings;
  return { isTTY, columns, color, write: (text) => void written.push(text), text: () => written.join('') };
}

export interface FakeTerminal extends Terminal {
  readonly stdout: FakeOutput;
  readonly stderr: FakeOutput;
  /** Presses Ctrl-C, unless another signal is said. */
  interrupt(signal?: EndSignal): void;
  /** Sends SIGHUP. */
  hangUp(): void;
  /** How many handlers are listening. */
  listeners(): number;
  /** An error that nobody caught; false: it would have ended the process. */
  stray(error: unknown): boolean;
}

export function fakeTerminal(stdout = fakeOutput(), stderr = fakeOutput()): FakeTerminal {
  const handlers = new Set<(signal: EndSignal) => void>();
  const reloads = new Set<() => void>();
  const catchers = new Set<(error: unknown) => void>();
  return {
    stdout,
    stderr,
    now: () => 0,
    onInterrupt: (handler) => {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    interrupt: (signal = 'SIGINT') => [...handlers].forEach((handler) => handler(signal)),
    onReload: (handler) => {
      reloads.add(handler);
      return () => void reloads.delete(handler);
    },
    hangUp: () => [...reloads].forEach((handler) => handler()),
    listeners: () => handlers.size + reloads.size,
    onStray: (handler) => {
      catchers.add(handler);
      return () => void catchers.delete(handler);
    },
    stray: (error) => {
      [...catchers].forEach((handler) => handler(error));
      return catchers.size > 0;
    },
  };
}

/** Commands that refuse to be called, but for those given. */
export function fakeCommands(given: Partial<Commands>): Commands {
  const refuse = (name: string) => (): never => {
    throw new Error(`${name} was not expected`);
  };
  return {
    fit: refuse('fit'),
    inspect: refuse('inspect'),
    predictFile: refuse('predictFile'),
    openStudy: refuse('openStudy'),
    targetsOf: async () => null,
    listStudies: async () => null,
    exportModel: refuse('exportModel'),
    verifyArtefact: refuse('verifyArtefact'),
    doctor: refuse('doctor'),
    startWorker: refuse('startWorker'),
    serveWorker: refuse('serveWorker'),
    serve: refuse('serve'),
    serveModel: refuse('serveModel'),
    version: () => '9.8.7',
    ...given,
  };
}

/** The text as a terminal of one line shows it: carriage returns and erased lines carried out, colours left out. */
export function onScreen(text: string): string[] {
  return text.split('\n').map((line) => {
    const shown = line.split('\r\u001b[2K').at(-1)!;

    return shown.replace(/\u001b\[\d*m/g, '');
  });
}

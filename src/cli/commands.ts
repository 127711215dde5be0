/** @file What the command line asks of the rest: one function per command, so that it can be tested with others. */

import type { StudySummary } from '../automl/index.js';
import type { ReadingOptions } from '../data/index.js';
import type {
  DoctorLine,
  ExportFormat,
  FilePrediction,
  FitOptions,
  Inspection,
  NamedOptions,
  PredictOptions,
  StudyListEntry,
  StudyReader,
  TargetsSummary,
  Verification,
  WorkerOptions,
  WorkerStatus,
} from '../run/index.js';
import type { Origin } from './blame.js';

/** A model as the command line says it: `FILE`, or `NAME=FILE`. */
export interface ModelWord {
  readonly name: string | null;
  readonly path: string;
}

/** A server that listens. */
export interface RunningServer {
  readonly url: string;
  /** `drainMs`: how long it goes on answering after it has said that it will end. */
  close(options?: { readonly drainMs: number }): Promise<void>;
  /** Reads its models again; where it has any. */
  reload?(): Promise<void>;
}

export interface ServeOptions {
  readonly reportsFolder: string;
  /** Somebody named it: it is not made where it does not exist. */
  readonly mustExist: boolean;
  readonly port: number;
  readonly host: string;
  /** Hears of every error that is our own fault; the server goes on. */
  readonly onBug: (error: unknown) => void;
  readonly token: string | undefined;
  readonly noAuth: boolean;
  readonly readOnly: boolean;
  /** Hears one sentence: that a folder was made, that a model was read again, or could not be. */
  readonly onNotice: (sentence: string) => void;
  readonly publicUrl: string | undefined;
  readonly allowHosts: readonly string[];
  /** Proxies that say truly who asks. */
  readonly trustProxies: readonly string[];
  /** Requests per second of one address. */
  readonly rateLimit: number | undefined;
  /** URL of the Redis to whose workers searches may be handed. */
  readonly redis: string | undefined;
  /** With it, a folder that its workers see, too. */
  readonly shared: string | undefined;
  /** Pages that follow searches at once. */
  readonly maxStreams: number | undefined;
  /** Hears of every request. */
  readonly onRequest: ((line: string) => void) | undefined;
}

/** Models instead of a reports folder. */
export interface ServeModelOptions extends Omit<
  ServeOptions,
  'reportsFolder' | 'mustExist' | 'readOnly' | 'maxStreams' | 'redis' | 'shared'
> {
  readonly models: readonly ModelWord[];
  readonly strict: boolean;
  readonly workers: number | undefined;
}

/** A worker that waits for folds. */
export interface RunningClusterWorker {
  /** Of Redis, without a password. */
  readonly address: string;
  /** Folds since it began. */
  readonly done: number;
  readonly running: number;
  status(): WorkerStatus;
  close(): Promise<void>;
}

/** Where a program listens. */
export interface ListenAddress {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
}

/** The functions behind the commands. */
export interface Commands {
  /** Of several targets where `target` names some between commas and is no column itself. */
  fit(options: NamedOptions): Promise<StudySummary | TargetsSummary>;
  /** One for each target. */
  inspect(options: FitOptions): Promise<readonly Inspection[]>;
  predictFile(
    model: string,
    rowsCsv: string,
    out: string | ((text: string) => void),
    options: PredictOptions & ReadingOptions,
  ): Promise<FilePrediction>;
  openStudy(folder: string): Promise<StudyReader>;
  /** Null: the folder holds no study of several targets. */
  targetsOf(folder: string): Promise<TargetsSummary | null>;
  /** Null: the folder is one study, or holds none. */
  listStudies(folder: string): Promise<readonly StudyListEntry[] | null>;
  exportModel(
    folder: string,
    model: string | null,
    format: ExportFormat,
    out: string | null,
    notice: (sentence: string) => void,
  ): Promise<string>;
  verifyArtefact(path: string): Promise<Verification>;
  doctor(redis: string | null): Promise<readonly DoctorLine[]>;
  startWorker(options: WorkerOptions): Promise<RunningClusterWorker>;
  /** Answers what monitors ask of a worker. */
  serveWorker(worker: RunningClusterWorker, address: ListenAddress): Promise<RunningServer>;
  serve(options: ServeOptions): Promise<RunningServer>;
  serveModel(options: ServeModelOptions): Promise<RunningServer>;
  version(): string;
}

/** A command line that was understood. */
export type Invocation =
  | { readonly command: 'help'; readonly topic: CommandName | null }
  | { readonly command: 'version' }
  | {
      readonly command: 'fit';
      readonly options: FitOptions;
      readonly dryRun: boolean;
      readonly json: boolean;
      readonly quiet: boolean;
      /** What a file of options said. */
      readonly notice?: string;
      /** What of this came from a file, for errors to say so. */
      readonly origin?: Origin;
    }
  | (ReadingOptions & {
      readonly command: 'predict';
      readonly model: string;
      readonly rows: string;
      readonly out: string | null;
      readonly strict: boolean;
      readonly interval?: number;
    })
  | ({
      readonly command: 'serve';
      readonly models: readonly ModelWord[];
      readonly strict: boolean;
      readonly log: boolean;
      readonly workers: number | undefined;
      readonly drainMs: number;
    } & Omit<ServeOptions, 'onBug' | 'onRequest' | 'onNotice'>)
  | { readonly command: 'show'; readonly folder: string; readonly json: boolean }
  | {
      readonly command: 'export';
      readonly folder: string;
      readonly model: string | null;
      readonly format: ExportFormat;
      readonly out: string | null;
    }
  | { readonly command: 'verify'; readonly path: string }
  | ({ readonly command: 'worker'; readonly quiet: boolean; readonly listen: ListenAddress | null } & Omit<
      WorkerOptions,
      'onNotice'
    >)
  | { readonly command: 'doctor'; readonly redis: string | null }
  | { readonly command: 'init'; readonly data: string | null; readonly target: string | null; readonly schema: boolean }
  | { readonly command: 'completion'; readonly shell: Shell };

export const COMMAND_NAMES = [
  'fit',
  'predict',
  'serve',
  'show',
  'export',
  'verify',
  'worker',
  'doctor',
  'init',
  'completion',
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** One stream of the terminal. */
export interface Output {
  readonly isTTY: boolean;
  /** Characters in a line. */
  readonly columns: number;
  readonly color: boolean;
  write(text: string): void;
}

/** Ctrl-C, what a supervisor sends to a program that shall end, and the end of a terminal. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Where a command line speaks, and how it is interrupted. */
export interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Milliseconds, for redrawing only. */
  readonly now: () => number;
  /** Calls back on Ctrl-C and on what ends programs; the function returned stops that. */
  readonly onInterrupt: (handler: (signal: EndSignal) => void) => () => void;
  /** From now on SIGHUP calls the handler and ends nothing; the function returned stops that. */
  readonly onReload: (handler: () => void) => () => void;
  /** From now on an error that nobody caught goes to the handler and does not end the process; the function returned stops that. */
  readonly onStray: (handler: (error: unknown) => void) => () => void;
}

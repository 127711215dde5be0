/** @file One command line, from its words to its exit code. */

import type { RunEvent } from '../automl/index.js';
import { ToolkitError } from '../core/index.js';
import type { TargetEvent, TargetsSummary } from '../run/index.js';
import { parseArgs } from './args.js';
import { blamed } from './blame.js';
import type { Commands, EndSignal, Invocation, Output, Terminal } from './commands.js';
import { completionScript } from './completion.js';
import { wholeLine } from './config.js';
import { describeFailure, EXIT } from './failure.js';
import { counted } from './format.js';
import { helpText } from './help.js';
import { init } from './init.js';
import { createProgress } from './progress.js';
import { coercions, doctorText, inspectionJson, inspectionText } from './reports.js';
import { studiesJson, studiesText } from './study-table.js';
import type { StudyFacts } from './summary.js';
import { lineWidth, studyText, summaryText, targetsNext } from './summary.js';
import { harmless, paint } from './text.js';
import { work } from './work.js';

type InvocationOf<Name extends Invocation['command']> = Extract<Invocation, { command: Name }>;

/** How often the progress line is drawn again by the clock alone. */
const TICK_MS = 250;

/** Runs a command line and returns its exit code; never throws. */
export async function runCommand(argv: readonly string[], commands: Commands, terminal: Terminal): Promise<number> {
  try {
    return await dispatch(parseArgs(argv), argv, commands, terminal);
  } catch (error) {
    const { code, text } = describeFailure(error, commands.version());
    const { stderr } = terminal;
    const lines = error instanceof ToolkitError ? harmless(text) : text;
    stderr.write(`${paint(stderr).red(lines)}\n`);
    return code;
  }
}

async function dispatch(
  invocation: Invocation,
  argv: readonly string[],
  commands: Commands,
  terminal: Terminal,
): Promise<number> {
  const { stdout, stderr } = terminal;
  switch (invocation.command) {
    case 'help': {
      const asked = argv.length > 0;
      const output = asked ? stdout : stderr;
      output.write(helpText(invocation.topic, lineWidth(output)));
      return asked ? EXIT.done : EXIT.usage;
    }
    case 'version':
      stdout.write(`${commands.version()}\n`);
      return EXIT.done;
    case 'fit':
      if (invocation.notice !== undefined && !invocation.quiet) stderr.write(`${harmless(invocation.notice)}\n`);
      try {
        return await (invocation.dryRun ? dryRun : fit)(invocation, commands, terminal);
      } catch (error) {
        throw invocation.origin ? blamed(error, invocation.origin) : error;
      }
    case 'predict':
      return predict(invocation, commands, terminal);
    case 'serve':
      return serve(invocation, commands, terminal);
    case 'show':
      return show(invocation, commands, terminal);
    case 'export': {
      const { folder, model, format, out } = invocation;
      const notice = (sentence: string): void =>
        stderr.write(`${paint(stderr).yellow(`Note: ${harmless(sentence)}`)}\n`);
      stdout.write(`Wrote ${harmless(await commands.exportModel(folder, model, format, out, notice))}\n`);
      return EXIT.done;
    }
    case 'verify': {
      const { path, rows, difference, runtime } = await commands.verifyArtefact(invocation.path);
      const found = difference === 0 ? 'to the bit' : `within ${difference.toPrecision(2)}`;
      const sentence = `${path} is whole, and predicts its ${counted(rows, 'test row')} ${found} (${runtime})`;
      stdout.write(`${harmless(sentence)}\n`);
      return EXIT.done;
    }
    case 'worker':
      return work(invocation, commands, terminal);
    case 'init':
      stdout.write(init(invocation));
      return EXIT.done;
    case 'completion':
      stdout.write(completionScript(invocation.shell));
      return EXIT.done;
    case 'doctor':
      return examine(invocation, commands, terminal);
  }
}

/** What may be missing is no fault; a Redis that was asked about is. */
async function examine({ redis }: InvocationOf<'doctor'>, commands: Commands, terminal: Terminal): Promise<number> {
  const lines = await commands.doctor(redis);
  terminal.stdout.write(doctorText(lines, terminal.stdout));
  const refused = lines.find(({ name, available }) => name === 'redis' && !available);
  if (!refused) return EXIT.done;
  terminal.stderr.write(`${harmless(refused.detail)}\n`);
  return EXIT.state;
}

async function dryRun(
  { options, json }: InvocationOf<'fit'>,
  commands: Commands,
  { stdout }: Terminal,
): Promise<number> {
  const inspections = await commands.inspect(options);
  const data = options.data as string;
  const all = inspections.map((inspection) => inspectionJson(inspection, data));
  stdout.write(
    json
      ? toJson(all.length === 1 ? all[0] : { targets: all })
      : inspections.map((inspection) => inspectionText(inspection, data, stdout)).join('\n'),
  );
  return EXIT.done;
}

async function fit(
  { options, json, quiet }: InvocationOf<'fit'>,
  commands: Commands,
  terminal: Terminal,
): Promise<number> {
  const { stdout, stderr } = terminal;
  const progress = createProgress({ quiet, json, ...terminal });
  const facts = new Facts();
  const controller = new AbortController();
  const stopListening = terminal.onInterrupt(() => {
    progress.clear();
    stderr.write('Stopping; what is finished is kept. (Ctrl-C again leaves at once.)\n');
    controller.abort();
  });
  const timer = setInterval(() => progress.tick(), TICK_MS);
  const onEvent = (event: RunEvent | TargetEvent): void => {
    if (event.type !== 'target') facts.learn(event);
    progress.show(event);
  };
  try {
    const summary = await commands.fit({ ...options, signal: controller.signal, onEvent });
    progress.clear();
    if (json) stdout.write(toJson(summary));
    else if (quiet) return EXIT.done;
    else if ('targets' in summary) stdout.write(await textOfTargets(summary, commands, stdout));
    else stdout.write(summaryText(summary, facts, stdout));
    return EXIT.done;
  } catch (error) {
    progress.clear();
    if (!controller.signal.aborted) throw error;
    const { resume } = error as { resume?: string };
    const text =
      resume === undefined
        ? 'Interrupted before the search began.'
        : `Interrupted. Go on with:\n  ${harmless(wholeLine(resume))}`;
    stderr.write(`${text}\n`);
    return EXIT.interrupted;
  } finally {
    clearInterval(timer);
    stopListening();
  }
}

/** What each target's study says, and what comes next for all of them. */
async function textOfTargets(summary: TargetsSummary, commands: Commands, output: Output): Promise<string> {
  const texts: string[] = [];
  for (const { target, folder } of summary.targets) {
    const reader = await commands.openStudy(folder!);
    try {
      texts.push(studyText(reader.view(), output, target));
    } catch (error) {
      throw reader.blame(error);
    } finally {
      reader.close();
    }
  }
  return [...texts, targetsNext(summary)].join('\n');
}

/** What the summary does not hold, from the events of the run. */
class Facts implements StudyFacts {
  folds = 0;
  holdoutRows = 0;
  trials = 0;

  learn(event: RunEvent): void {
    if (event.type === 'started') ({ folds: this.folds, holdoutRows: this.holdoutRows } = event);
    if (event.type === 'trial') this.trials = event.progress.finishedTrials;
  }
}

async function predict(
  { command: _, model, rows, out, ...options }: InvocationOf<'predict'>,
  commands: Commands,
  terminal: Terminal,
): Promise<number> {
  const { stdout, stderr } = terminal;
  const result = await commands.predictFile(model, rows, out ?? ((text) => stdout.write(text)), options);
  const notes = [...(result.notice ? [`${result.notice}.`] : []), ...coercions(result)];
  for (const sentence of notes) stderr.write(`${paint(stderr).yellow(`Note: ${sentence}`)}\n`);
  if (out !== null) stdout.write(`Wrote ${counted(result.rows, 'prediction')} to ${harmless(out)}\n`);
  return EXIT.done;
}

async function show({ folder, json }: InvocationOf<'show'>, commands: Commands, { stdout }: Terminal): Promise<number> {
  const targets = await commands.targetsOf(folder);
  if (targets !== null) {
    stdout.write(json ? toJson(targets) : await textOfTargets(targets, commands, stdout));
    return EXIT.done;
  }
  const studies = await commands.listStudies(folder);
  if (studies !== null) {
    stdout.write(json ? toJson(studiesJson(studies)) : studiesText(studies, folder, stdout));
    return EXIT.done;
  }
  const reader = await commands.openStudy(folder);
  try {
    const view = reader.view();
    stdout.write(json ? toJson(view.summary) : studyText(view, stdout));
    return EXIT.done;
  } catch (error) {
    throw reader.blame(error);
  } finally {
    reader.close();
  }
}

/** Serves until it is interrupted; that is its normal end. */
async function serve(
  {
    command: _,
    reportsFolder,
    mustExist,
    models,
    strict,
    readOnly,
    redis,
    shared,
    maxStreams,
    log,
    workers,
    drainMs,
    ...options
  }: InvocationOf<'serve'>,
  commands: Commands,
  terminal: Terminal,
): Promise<number> {
  const onBug = (error: unknown): void => terminal.stderr.write(`${describeFailure(error, commands.version()).text}\n`);
  const onRequest = log ? (line: string): void => terminal.stdout.write(`${harmless(line)}\n`) : undefined;
  if (options.noAuth) {
    const warning = `Warning: everybody who can reach ${harmless(options.host)} may use this server.`;
    terminal.stderr.write(`${paint(terminal.stderr).yellow(warning)}\n`);
  }
  const onNotice = (sentence: string): void => terminal.stderr.write(`${harmless(sentence)}\n`);
  const server = await (models.length === 0
    ? commands.serve({
        reportsFolder,
        mustExist,
        readOnly,
        redis,
        shared,
        maxStreams,
        ...options,
        onBug,
        onRequest,
        onNotice,
      })
    : commands.serveModel({ models, strict, workers, ...options, onBug, onRequest, onNotice }));
  // One request must not end the others, nor the search that runs.
  const stopCatching = terminal.onStray(onBug);
  // A terminal that is closed ends what runs in it; without one, SIGHUP is how a supervisor says that files have changed.
  const stopReloading =
    server.reload === undefined || terminal.stdout.isTTY
      ? (): void => undefined
      : terminal.onReload(() => void server.reload!().catch(onBug));
  const predictions = models.map(({ name, path }) => name ?? path).join(', ');
  const what =
    models.length === 0 ? `Leaderboards of ${harmless(reportsFolder)}` : `Predictions of ${harmless(predictions)}`;
  terminal.stdout.write(`${what} at ${server.url} (Ctrl-C stops)\n`);
  let stopListening = (): void => undefined;
  const signal = await new Promise<EndSignal>((resolve) => (stopListening = terminal.onInterrupt(resolve)));
  // Whoever presses Ctrl-C waits for it; what sends SIGTERM has others to send visitors to.
  await server.close({ drainMs: signal === 'SIGTERM' && models.length > 0 ? drainMs : 0 });
  stopCatching();
  stopReloading();
  stopListening();
  return EXIT.done;
}

function toJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

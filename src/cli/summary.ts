/** @file A study in words: the leaderboard as a table, the sentence of the winner, where things lie and what comes next. */

import { dirname } from 'node:path';

import type { LeaderboardEntry, StudySummary, StudyView } from '../automl/index.js';
import { countTrials, passedOver } from '../automl/index.js';
import { chanceWords, taskFor } from '../core/index.js';
import { positiveSentence } from '../data/index.js';
import type { TargetsSummary } from '../run/index.js';
import type { Output } from './commands.js';
import { wholeLine } from './config.js';
import type { ScoreFormat } from './format.js';
import { counted, formatCount, formatSeconds, scoreFormat } from './format.js';
import { metricLines } from './metrics-table.js';
import type { Column } from './table.js';
import { tableLines } from './table.js';
import { cut, displayWidth, harmless, noteLine, paint, shellWord } from './text.js';

/** What a summary does not say itself. */
export interface StudyFacts {
  readonly folds: number;
  readonly holdoutRows: number;
  /** Finished trials of the whole study. */
  readonly trials: number;
}

/** The whole text after a fit, from the leaderboard to the next commands. */
export function summaryText(summary: StudySummary, facts: StudyFacts, output: Output): string {
  return `${[...boardLines(summary, facts, output, []), '', ...nextLines(summary)].join('\n')}\n`;
}

/** The leaderboard and what is said of the best; `others`: lines of other metrics. */
function boardLines(summary: StudySummary, facts: StudyFacts, output: Output, others: readonly string[]): string[] {
  return [
    ...leaderboardLines(summary, facts, output),
    '',
    ...(others.length > 0 ? [...others, ''] : []),
    ...winnerLines(summary, facts).map(harmless),
  ];
}

/** What `show` prints: where the study stands, then the same as after a fit. With a name it is one of several targets, which go on together. */
export function studyText(view: StudyView, output: Output, target?: string): string {
  const { summary, folds, holdoutRows } = view;
  const style = paint(output);
  const facts = { folds, holdoutRows, trials: countTrials(view.trials).ended };
  const failed = view.trials.filter(({ state }) => state === 'failed');
  const head = [
    `${style.bold(harmless(target ?? summary.study))}: ${describeStudy(summary, facts)}.`,
    ...clusterLines(view).map(harmless),
    ...statusLines(view),
    ...view.warnings.map((warning) => style.yellow(noteLine(warning))),
    ...failed.map(({ model, error }) => style.yellow(`Failed: ${harmless(`${model}: ${error ?? 'unknown'}`)}`)),
  ];
  const others = metricLines(summary, output, lineWidth(output));
  const body =
    summary.leaderboard.length === 0
      ? ['No trial has finished yet.']
      : [...boardLines(summary, facts, output, others), ...(target === undefined ? ['', ...nextLines(summary)] : [])];
  return `${head.join('\n')}\n\n${body.join('\n')}\n`;
}

/** Where the models of all targets lie, and commands to go on with; which of them still wait, and how they go on. */
export function targetsNext({ waiting, resume, targets, model }: TargetsSummary): string {
  const wait = waiting.length > 0 ? [`Still to be searched: ${harmless(waiting.join(', '))}.`] : [];
  const goOn = resume === null ? [] : ['Go on with all targets:', `  ${harmless(wholeLine(resume))}`];
  const lost = targets.length === 0 ? ['No search has begun: fit again with --resume.'] : [];
  return `${[...wait, ...goOn, ...lost, ...nextLines({ model })].join('\n')}\n`;
}

/** `auc (higher is better) of Status, 4,454 rows, 5 folds, 890 rows held out`. */
export function describeStudy(
  study: Pick<StudySummary, 'task' | 'metric' | 'direction' | 'rows' | 'columns'>,
  facts: Pick<StudyFacts, 'folds' | 'holdoutRows'>,
): string {
  const held = facts.holdoutRows > 0 ? `, ${formatCount(facts.holdoutRows)} of them held out` : '';
  const { task, metric, direction, rows, columns } = study;
  return `${task} by ${metric} (${better(direction)}), ${counted(rows, 'row')}${held}, ${counted(columns, 'column')}, ${facts.folds} folds`;
}

function better(direction: StudySummary['direction']): string {
  return direction === 'minimize' ? 'lower is better' : 'higher is better';
}

/** Machines that are named; the others are counted. */
const MOST_NAMED = 10;
const MACHINE_WIDTH = 40;

/** The machines whose workers have fitted it, and how much each; nothing where none has. */
function clusterLines({ summary: { machines = [] } }: StudyView): string[] {
  if (machines.length === 0) return [];
  const named = machines.slice(0, MOST_NAMED).map(({ name, cores, folds, seconds }) => {
    const work = `${counted(folds, 'fold')} in ${formatSeconds(seconds)}`;
    return `  ${cut(name, MACHINE_WIDTH)} (${counted(cores, 'core')}): ${work}`;
  });
  const others = machines.slice(MOST_NAMED);
  const folds = others.reduce((sum, machine) => sum + machine.folds, 0);
  const more = others.length > 0 ? [`  and ${formatCount(others.length)} more: ${counted(folds, 'fold')}`] : [];
  return [`Searched on a cluster of ${counted(machines.length, 'machine')}:`, ...named, ...more];
}

function statusLines({ status, command }: StudyView): string[] {
  const resume = `  ${harmless(wholeLine(`${command} --resume`))}`;
  switch (status) {
    case 'complete':
      return [];
    case 'running':
      return ['It is still running.'];
    default:
      return [
        status === 'failed' ? 'It stopped with an error; go on with:' : 'It was interrupted; go on with:',
        resume,
      ];
  }
}

/** The leaderboard; on a narrow terminal without its last columns, one after the other. */
function leaderboardLines({ leaderboard, metric }: StudySummary, { folds }: StudyFacts, output: Output): string[] {
  const score = formatOf(leaderboard, folds);
  const columns: LeaderboardColumn[] = [
    { title: '#', align: 'right', text: ({ rank }) => String(rank) },
    { title: 'model', maxWidth: 24, text: ({ model }) => model },
    { title: `${metric}, ${folds} folds`, align: 'right', text: ({ cv, cvStd }) => `${score(cv)} ± ${score(cvStd)}` },
    ...(leaderboard.some(({ corrected = null }) => corrected !== null)
      ? [
          {
            title: 'corrected',
            align: 'right',
            text: (entry: LeaderboardEntry) => score(entry.corrected ?? null),
          } as const,
        ]
      : []),
    { title: 'hold-out', align: 'right', text: ({ holdout }) => score(holdout) },
    { title: 'fit time', align: 'right', text: ({ fitSeconds }) => formatSeconds(fitSeconds) },
    { title: 'trials', align: 'right', text: ({ trials }) => formatCount(trials) },
    { title: 'parameters', align: 'right', text: ({ parameters }) => formatCount(parameters) },
  ];
  const width = lineWidth(output);
  for (let shown = columns.length; ; shown--) {
    const some = columns.slice(0, shown);
    const rows = leaderboard.map((entry) => some.map(({ text }) => text(entry)));
    const lines = tableLines(some, rows, { width, paint: paint(output), strong: 0 });
    if (shown <= NARROWEST || displayWidth(lines[0]) <= width) return lines;
  }
}

interface LeaderboardColumn extends Column {
  readonly text: (entry: LeaderboardEntry) => string;
}

/** Rank, model and score are always shown. */
const NARROWEST = 3;

function winnerLines(summary: StudySummary, facts: StudyFacts): string[] {
  const { leaderboard, metric, seconds } = summary;
  const [best] = leaderboard;
  const score = formatOf(leaderboard, facts.folds);
  const spread = Number.isFinite(best.cvStd) ? ` ± ${score(best.cvStd)}` : '';
  const held =
    best.holdout === null
      ? '.'
      : `, and with ${score(best.holdout)}${interval(best, score)} on ${counted(summary.judged?.holdout ?? facts.holdoutRows, 'row')} that no choice has seen.`;
  const { corrected = null } = best;
  const left = corrected === null ? '' : ` (${score(corrected)} corrected for having been chosen)`;
  const dummy = leaderboard.find(({ family }) => family === 'dummy');
  const floor = dummy && dummy !== best ? ` Guessing scores ${score(dummy.cv)}.` : '';
  return [
    `The best is ${best.family === 'ensemble' ? 'the ensemble' : best.model}, with ${metric} ${score(best.cv)}${spread} over ${facts.folds} folds${left}${held}${floor}`,
    ...passedOverLines(summary, score),
    ...refitLines(summary),
    ...coverageLines(summary),
    ...(summary.positive ? [positiveSentence(summary.positive)] : []),
    ...(summary.samples ?? []).map(noteLine),
    ...comparisonLines(summary, facts.folds),
    `${counted(facts.trials, 'trial')} in ${formatSeconds(seconds)}.`,
  ];
}

/** What the hold-out scores are scores of, where the model that is written has seen more. */
function refitLines({ refitted, rows }: StudySummary): string[] {
  // Of fits on all rows of a large table the notes on its samples tell.
  if (!refitted || refitted.on === 'once') return [];
  const but = refitted.kept.length > 0 ? ` (but not ${refitted.kept.join(', ')})` : '';
  if (refitted.on === 'all') {
    const scores = refitted.rows > 0 ? ': hold-out scores are of the latest fold' : '';
    return [`It was then fitted again on all ${counted(rows, 'row')}${but}${scores}.`];
  }
  return [
    `It was then fitted again with the ${counted(refitted.rows, 'held-out row')} in its training${but}: hold-out scores are of the models before that.`,
  ];
}

/** What `lrnn predict --interval` is worth. */
function coverageLines({ coverage, task }: StudySummary): string[] {
  if (!coverage) return [];
  const [what, share] = [
    taskFor(task) === 'regression' ? 'intervals' : 'sets of classes',
    (100 * coverage.share).toFixed(1),
  ];
  return [
    `Its ${Math.round(100 * coverage.level)} % ${what} hold ${share} % of ${counted(coverage.rows, 'row')} that they were not learned from.`,
  ];
}

/** Why the first row is the winner though another scores better. */
function passedOverLines(summary: StudySummary, score: ScoreFormat): string[] {
  const other = passedOver(summary);
  if (!other) return [];
  const size = score(Math.abs(other.cv - summary.leaderboard[0].cv));
  return [
    `${other.model} scores better by ${size}, but on the folds that it was chosen by: single models that are chosen on the other folds are not clearly better than the ensemble.`,
  ];
}

/** Digits by the standard error of the best score. */
function formatOf(leaderboard: readonly LeaderboardEntry[], folds: number): ScoreFormat {
  return scoreFormat(
    leaderboard.map(({ cv }) => cv),
    { spread: leaderboard[0]?.cvStd, folds },
  );
}

function interval({ holdoutInterval: ends }: LeaderboardEntry, score: ScoreFormat): string {
  return ends ? ` (95 %: ${score(ends.low)} to ${score(ends.high)})` : '';
}

/** One line per rival of the LRNN, and one where the best is no better than something simpler for all that the folds say. */
function comparisonLines({ comparisons = [], notice, metric, leaderboard }: StudySummary, folds: number): string[] {
  const score = formatOf(leaderboard, folds);
  const lines = comparisons.map(({ model, other, gain, p, pWilcoxon }) => {
    const size = score(Math.abs(gain));
    const word = gain === 0 ? 'as good as' : gain > 0 ? `better by ${size} than` : `worse by ${size} than`;
    const ranks = pWilcoxon === null ? '' : `, ${chanceWords(pWilcoxon)} (Wilcoxon)`;
    return `${model} is ${word} ${other} in ${metric}: ${chanceWords(p)} (corrected t-test)${ranks}.`;
  });
  const told = [...lines, ...leaderboard.flatMap((entry) => contradictedLine(entry, score))];
  return notice ? [...told, noteLine(notice)] : told;
}

/** Where the held-out rows prefer this model to the best one. */
function contradictedLine({ model, behind }: LeaderboardEntry, score: ScoreFormat): string[] {
  if (!behind?.words) return [];
  const { gain, low, high } = behind.holdout!;
  return [
    `Against ${model} the best is ${behind.words}: there ${model} is ahead by ${score(-gain)} (95 %: ${score(-high)} to ${score(-low)}).`,
  ];
}

/** The path of the model, and commands to go on with. */
function nextLines({ model }: Pick<StudySummary, 'model'>): string[] {
  if (model === null) return ['The model is not written yet.'];
  const folder = dirname(model);
  return [
    `Model    ${harmless(model)}`,
    `Look     ${harmless(`lrnn serve ${shellWord(dirname(folder))}`)}`,
    `Predict  ${harmless(`lrnn predict ${shellWord(folder)} new-rows.csv -o predictions.csv`)}`,
  ];
}

/** Cells in a line of this output; no limit where nobody sees the edge. */
export function lineWidth({ isTTY, columns }: Output): number {
  return isTTY ? columns : Infinity;
}

/** @file A study's result in words: who leads, by how much, and whether the folds can tell. */

import type { OnceView, StudyView } from '../../automl/index.js';
import { passedOver } from '../../automl/index.js';
import type { Family } from '../../core/index.js';
import { taskFor } from '../../core/index.js';
import { positiveSentence } from '../../data/index.js';
import { familyLook, metricLabel } from './families.js';
import type { ScoreFormat } from './format.js';
import { capital, formatPercent, formatSpread, isNumber, plural, scoreFormat } from './format.js';
import type { Gap } from './gaps.js';
import { gapsOf, isAlone } from './gaps.js';

/** Rivals that are named. */
const RIVALS = 3;

/** Two or three sentences; the first stands alone. */
export function studySentences(view: StudyView): string[] {
  const { leaderboard, direction, metric } = view.summary;
  const scored = leaderboard.filter(({ cv }) => isNumber(cv));
  const [best] = scored;
  if (!best) return [nothingYet(view)];
  const format = scoreFormat(
    scored.map(({ cv }) => cv),
    { spread: best.cvStd, folds: view.folds },
  );
  const label = metricLabel(metric);
  const held = isNumber(best.holdout)
    ? `, ${format(best.holdout)} on ${plural(view.summary.judged?.holdout ?? view.holdoutRows, 'held-out row')}`
    : '';
  const left = isNumber(best.corrected) ? ` (${format(best.corrected)} corrected for having been chosen)` : '';
  const lead = `${capital(named(best.family))} leads with ${label} ${formatSpread(format, best.cv, best.cvStd)} over ${plural(view.folds, 'fold')}${left}${held}.`;
  const gaps = gapsOf(view).slice(0, RIVALS);
  const words = (verdict: Gap['verdict']): string[] =>
    gaps.filter((gap) => gap.verdict === verdict).map((gap) => gapWords(gap, { direction, label, format }));
  const [beaten, close, ahead] = [words('better'), words('unclear'), words('untested')];
  return [
    lead,
    ...passedOverWords(view, format),
    ...(isAlone(view) ? ['No mixture of models was better.'] : []),
    ...(beaten.length > 0 ? [`It is clearly better than ${list(beaten)}.`] : []),
    ...(ahead.length > 0 ? [`It is ahead of ${list(ahead)}.`] : []),
    ...(close.length > 0 ? [`The folds cannot tell it apart from ${list(close)}.`] : []),
    ...contradicted(view, format),
    ...(view.summary.refitted && view.summary.refitted.on !== 'once' ? [returnedWords(view)] : []),
    ...coverageWords(view, format),
    ...(view.summary.positive ? [positiveSentence(view.summary.positive)] : []),
    ...(view.summary.samples ?? []).map((text) => `${capital(text)}.`),
    ...(view.summary.notice ? [`${view.summary.notice.replace(/\.$/, '')}.`] : []),
  ];
}

/** What its intervals are worth, by folds that they were not learned from. */
function coverageWords({ summary: { coverage, task } }: StudyView, format: ScoreFormat): string[] {
  if (!coverage) return [];
  const { level, share, size, rows } = coverage;
  const held = `hold ${formatPercent(share)} of ${plural(rows, 'row')} that they were not learned from`;
  const level100 = Math.round(100 * level);
  return taskFor(task) === 'regression'
    ? [`Its ${level100} % intervals, ${format(size)} wide in the mean, ${held}.`]
    : [`Its ${level100} % sets, of ${size.toFixed(2)} classes in the mean, ${held}.`];
}

function returnedWords({ summary }: StudyView): string {
  const { model, rows, kept, on } = summary.refitted!;
  const but = kept.length > 0 ? `, but for ${list(kept)}` : '';
  if (on === 'all') {
    const scores = rows > 0 ? '; hold-out scores are of the models of the latest fold' : '';
    return `Then ${model} was fitted again on all ${plural(summary.rows, 'row')}${but}${scores}.`;
  }
  return `Then ${model} was fitted again with the ${plural(rows, 'held-out row')}${but}; hold-out scores are of the models before that.`;
}

/** Whether a model has the held-out rows among its training rows; null where the study gave none back. */
export function rowsSeen({ summary, ensemble }: StudyView, model: string): string | null {
  const { refitted } = summary;
  if (!refitted) return null;
  if (refitted.once) return onceSeen(refitted.model, refitted.once, model);
  const members = refitted.model === 'ensemble' ? ensemble.map((member) => member.model) : [];
  const [rows, kept] = [plural(refitted.rows, 'held-out row'), new Set(refitted.kept)];
  const isReturned = model === refitted.model || (members.includes(model) && !kept.has(model));
  const isOnAll = refitted.on === 'all';
  const missing = isOnAll ? 'latest rows' : rows;
  if (!isReturned) return `It was fitted without the ${missing}: those were given back to ${refitted.model} alone.`;
  const but = model === refitted.model && kept.size > 0 ? `, but for ${list([...kept])}` : '';
  if (isOnAll)
    return `It was fitted again on all ${plural(summary.rows, 'row')}${but}, for as long as the latest folds took.`;
  return `It was fitted again with the ${rows} among its training rows${but}, when their score was known.`;
}

/** Of a large table: what the best model is made of; and that others saw samples. */
function onceSeen(best: string, { members, trainRows, leastRows }: OnceView, model: string): string {
  if (model !== best) return `It is as the search fitted it: fits on all rows are a part of ${best} alone.`;
  const names = (isFitted: boolean): string[] =>
    members.filter((member) => member.isFitted === isFitted).map((member) => member.model);
  const [fitted, kept] = [names(true), names(false)];
  const from = leastRows === undefined ? '' : `${leastRows} to `;
  const rest = kept.length > 0 ? `, and ${list(kept)} as the search fitted ${kept.length === 1 ? 'it' : 'them'}` : '';
  return `It is made of ${list(fitted)}, fitted once on ${from}${plural(trainRows, 'row')}${rest}.`;
}

/** Why the first model is taken though another scores better. */
function passedOverWords({ summary }: StudyView, format: ScoreFormat): string[] {
  const other = passedOver(summary);
  if (!other) return [];
  const size = format(Math.abs(other.cv - summary.leaderboard[0].cv));
  return [
    `${capital(named(other.family))} scores better by ${size}, but on the folds that it was chosen by: single models that are chosen on the other folds are not clearly better than the ensemble.`,
  ];
}

/** Where the held-out rows prefer another model than the folds. */
function contradicted({ summary }: StudyView, format: ScoreFormat): string[] {
  return summary.leaderboard.flatMap(({ family, behind }) => {
    if (!behind?.words) return [];
    const { gain, low, high } = behind.holdout!;
    const size = `${format(-gain)} (95 %: ${format(-high)} to ${format(-low)})`;
    return [`Against ${named(family)} it is ${behind.words}: there that one is ahead by ${size}.`];
  });
}

function nothingYet({ status, trials }: StudyView): string {
  if (status === 'running') return 'The first scores are on their way.';
  const failed = trials.filter(({ state }) => state === 'failed').length;
  return failed > 0 ? `No trial has a score: ${plural(failed, 'trial')} failed.` : 'No trial has finished.';
}

/** Differences in the metric's own units: a share of a number near 0 says nothing. With half the 95 % interval, where there is one. */
function gapWords(
  { rival, lead, test }: Gap,
  { direction, label, format }: { direction: 'minimize' | 'maximize'; label: string; format: ScoreFormat },
): string {
  const within = test ? ` ± ${format((test.high - test.low) / 2)}` : '';
  const isHigher = (direction === 'maximize') === lead >= 0;
  return `${named(rival.family)} (${label} ${isHigher ? 'higher' : 'lower'} by ${format(Math.abs(lead))}${within})`;
}

function named(family: Family): string {
  const { label } = familyLook(family);
  return { ensemble: 'the ensemble', linear: 'the linear model', dummy: 'the dummy' }[family as string] ?? label;
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** @file A study's result in words: who leads, by how much, and whether the folds can tell. */

import type { LeaderboardEntry, StudyView } from '../automl/index.js';
import type { Family } from '../core/index.js';
import { correctedTTest } from '../evaluate/index.js';
import { familyLook, metricLabel } from './families.js';
import { formatNumber, formatPercent, formatSpread, isNumber, plural, scoreFormat } from './format.js';

export type FoldScores = Readonly<Record<string, readonly (number | null)[]>>;

/** Below this probability of equal models a difference is called one. */
const SIGNIFICANT = 0.05;

/** Two or three sentences; the first stands alone. */
export function studySentences(view: StudyView, foldScores: FoldScores): string[] {
  const { leaderboard, direction, metric } = view.summary;
  const scored = leaderboard.filter(({ cv }) => isNumber(cv));
  const [best, ...others] = scored;
  if (!best) return [nothingYet(view)];
  const format = scoreFormat(scored.map(({ cv }) => cv));
  const label = metricLabel(metric);
  const held = isNumber(best.holdout) ? `, ${format(best.holdout)} on ${plural(view.holdoutRows, 'held-out row')}` : '';
  const lead = `${named(best.family)} leads with ${label} ${formatSpread(format, best.cv, best.cvStd)} over ${plural(view.folds, 'fold')}${held}.`;
  const twin = twinOf(view, best);
  const rivals = others.filter((entry) => entry.family !== 'dummy' && entry !== twin).slice(0, 3);
  const compared = rivals.map((rival) => compare(best, rival, { direction, label, foldScores, folds: view.folds }));
  const beaten = compared.filter(({ verdict }) => verdict === 'better').map(({ words }) => words);
  const close = compared.filter(({ verdict }) => verdict === 'unclear').map(({ words }) => words);
  const ahead = compared.filter(({ verdict }) => verdict === 'untested').map(({ words }) => words);
  return [
    lead,
    ...(twin ? ['No mixture was better: the ensemble is this model alone.'] : []),
    ...(beaten.length > 0 ? [`It is clearly better than ${list(beaten)}.`] : []),
    ...(ahead.length > 0 ? [`It is ahead of ${list(ahead)}.`] : []),
    ...(close.length > 0 ? [`The folds cannot tell it apart from ${list(close)}.`] : []),
    ...(view.summary.notice ? [`${view.summary.notice.replace(/\.$/, '')}.`] : []),
  ];
}

/** The ensemble, when it took nothing but the best model. */
function twinOf({ summary, ensemble, isStacked }: StudyView, best: LeaderboardEntry): LeaderboardEntry | undefined {
  const isAlone = !isStacked && ensemble.length === 1 && ensemble[0].model === best.model;
  return isAlone ? summary.leaderboard.find(({ family }) => family === 'ensemble') : undefined;
}

function nothingYet({ status, trials }: StudyView): string {
  if (status === 'running') return 'The first scores are on their way.';
  const failed = trials.filter(({ state }) => state === 'failed').length;
  return failed > 0 ? `No trial has a score: ${plural(failed, 'trial')} failed.` : 'No trial has finished.';
}

interface Ground {
  readonly direction: 'minimize' | 'maximize';
  readonly label: string;
  readonly foldScores: FoldScores;
  readonly folds: number;
}

interface Compared {
  readonly verdict: 'better' | 'unclear' | 'untested';
  readonly words: string;
}

/** Paired over the folds, with the correction for their shared training rows; the interval is that of the test. */
function compare(best: LeaderboardEntry, rival: LeaderboardEntry, ground: Ground): Compared {
  const [a, b] = [ground.foldScores[best.model] ?? [], ground.foldScores[rival.model] ?? []];
  const sign = ground.direction === 'maximize' ? 1 : -1;
  const differences = a.flatMap((score, i) => (isNumber(score) && isNumber(b[i]) ? [sign * (score - b[i])] : []));
  const lead = sign * (best.cv - rival.cv);
  if (differences.length < 2) {
    return { verdict: 'untested', words: `${named(rival.family)} (${gap(lead, null, rival.cv, ground)})` };
  }
  const { p, low, high } = correctedTTest(differences, 1 / (ground.folds - 1));
  const words = `${named(rival.family)} (${gap(lead, (high - low) / 2, rival.cv, ground)})`;
  return { verdict: p < SIGNIFICANT && lead > 0 ? 'better' : 'unclear', words };
}

/** Errors by share, scores by difference: one per cent of an AUC says little. With half the 95 % interval, where there is one. */
function gap(lead: number, reach: number | null, rival: number, { direction, label }: Ground): string {
  const within = (text: (value: number) => string): string => (reach === null ? '' : ` ± ${text(reach)}`);
  if (direction === 'maximize') {
    const text = (value: number): string => formatNumber(value, 4);
    return `${label} higher by ${text(lead)}${within(text)}`;
  }
  const text = (value: number): string => formatPercent(value / rival);
  return rival > 0 ? `${label} lower by ${text(lead)}${within(text)}` : `${label} lower`;
}

function named(family: Family): string {
  const { label } = familyLook(family);
  return { ensemble: 'the ensemble', linear: 'the linear model', dummy: 'the dummy' }[family as string] ?? label;
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

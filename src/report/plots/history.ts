/** @file The search as it went: every trial with the best so far, and the best of each family over time. */

import * as Plot from '@observablehq/plot';

import type { TrialView } from '../../automl/index.js';
import type { Family } from '../../core/index.js';
import { familyLook } from '../words/families.js';
import type { ScoreFormat } from '../words/format.js';
import { capital, formatSeconds, isNumber, plural, scoreFormat } from '../words/format.js';
import type { ScoreInfo } from './common.js';
import {
  betterWords,
  familyLegend,
  isBetter,
  logTicks,
  QUIET_AXIS,
  scoreFrame,
  scoreLabel,
  tickText,
  wholeTicks,
  yAxis,
} from './common.js';
import { scoreRange } from './diagnostics.js';
import type { Canvas, Figure } from './svg.js';
import { makeFigure } from './svg.js';

interface Scored extends TrialView {
  readonly cv: number;
}

function scored(trials: readonly TrialView[]): Scored[] {
  return trials.filter((trial): trial is Scored => isNumber(trial.cv));
}

interface History {
  readonly stair: readonly { readonly x: number; readonly best: number }[];
  /** Failed or pruned. */
  readonly lost: readonly TrialView[];
  readonly inside: readonly Scored[];
  /** Worse than the axis shows: drawn at its worse edge. */
  readonly outside: readonly Scored[];
  /** Number of the last trial. */
  readonly last: number;
  readonly edge: number;
  readonly yScale: Plot.ScaleOptions;
  readonly format: ScoreFormat;
}

/** Dots by family, a stair of the best so far, failed and pruned trials at the worse edge. */
export function historyPlot(trials: readonly TrialView[], info: ScoreInfo): Figure {
  const { direction } = info;
  const done = scored(trials);
  const { range, isOutside } = scoreRange(
    done.map(({ cv }) => cv),
    direction,
  );
  const lost = trials.filter(({ state }) => state === 'failed' || state === 'pruned');
  const clamp = (score: number): number => Math.max(range[0], Math.min(range[1], score));
  const stair = bestSoFar(done, direction).map(({ trial, best }) => ({ x: trial.number, best: clamp(best) }));
  const last = Math.max(0, ...trials.map(({ number }) => number));
  if (stair.length > 0) stair.push({ x: last, best: stair[stair.length - 1].best });
  const format = scoreFormat(done.map(({ cv }) => cv));
  const drawn: History = {
    stair,
    lost,
    inside: done.filter(({ cv }) => !isOutside(cv)),
    outside: done.filter(({ cv }) => isOutside(cv)),
    last,
    edge: direction === 'minimize' ? range[1] : range[0],
    yScale: yAxis(range, scoreLabel(info)),
    format,
  };
  const stairs = new Map(bestSoFar(done, direction).map(({ trial, best: own }) => [trial.number, own]));
  const best = bestSoFar(done, direction).at(-1)?.best ?? null;
  return makeFigure({
    id: 'history',
    title: 'Search history',
    caption: `Each finished trial in the order it was started; ${betterWords(direction)}.`,
    description: `${plural(done.length, 'scored trial')}, ${lost.length} failed or pruned; best ${info.metric} ${format(best)}.`,
    table: {
      columns: ['Trial', 'State', info.metric, 'Best so far'],
      rows: trials.map(({ number, model, state, cv }) => [model, state, format(cv), format(stairs.get(number))]),
    },
    legend: [
      ...familyLegend(done.map(({ family }) => family)),
      { label: 'best so far', look: 'line' },
      ...(lost.length > 0 ? [{ label: 'failed or pruned', look: 'lost' }] : []),
    ],
    draw: (canvas) => drawHistory(drawn, canvas),
  });
}

function drawHistory(
  { stair, lost, inside, outside, last, edge, yScale, format }: History,
  { narrow }: Canvas,
): Plot.PlotOptions {
  return {
    ...scoreFrame(narrow),
    x: {
      ...QUIET_AXIS,
      type: 'linear',
      domain: [-0.5, last + 0.5],
      label: 'trial, by the number in its name',
      ticks: wholeTicks(last + 1, narrow ? 6 : 12).map((tick) => tick - 1),
      tickFormat: String,
    },
    y: yScale,
    marks: [
      Plot.lineY(stair, { x: 'x', y: 'best', curve: 'step-after', stroke: 'var(--muted)', strokeWidth: 1.5 }),
      Plot.dot(lost, {
        x: ({ number }: TrialView) => number,
        y: edge,
        symbol: 'times',
        stroke: 'var(--bad)',
        r: 4,
      }),
      Plot.dot(outside, {
        x: ({ number }: TrialView) => number,
        y: edge,
        symbol: ({ family }: Scored) => familyLook(family).symbol,
        stroke: ({ family }: Scored) => familyLook(family).colour,
        r: 4,
        title: (trial: Scored) => `${trial.model}: ${format(trial.cv)}, off the scale`,
      }),
      Plot.dot(inside, {
        x: ({ number }: Scored) => number,
        y: 'cv',
        symbol: ({ family }: Scored) => familyLook(family).symbol,
        fill: ({ family }: Scored) => familyLook(family).colour,
        r: inside.length + outside.length > 100 ? 3 : 4.5,
        fillOpacity: 0.9,
        title: (trial: Scored) => `${trial.model}: ${format(trial.cv)}`,
      }),
    ],
  };
}

function bestSoFar(
  trials: readonly Scored[],
  direction: 'minimize' | 'maximize',
): { readonly trial: Scored; readonly best: number }[] {
  let best: number | null = null;
  return trials.map((trial) => {
    if (best === null || isBetter(direction, trial.cv, best)) best = trial.cv;
    return { trial, best };
  });
}

interface Step {
  readonly family: Family;
  /** Minutes or seconds since the search began. */
  readonly at: number;
  readonly best: number;
}

interface Unit {
  readonly name: 'minutes' | 'seconds';
  readonly ms: number;
}

interface ProgressStairs {
  readonly shown: readonly Step[];
  readonly unit: Unit;
  /** Of the search, in its unit. */
  readonly length: number;
  readonly yScale: Plot.ScaleOptions;
  readonly format: ScoreFormat;
}

function stepsOf(
  trials: readonly TrialView[],
  direction: 'minimize' | 'maximize',
): { readonly steps: Step[]; readonly families: Family[]; readonly unit: Unit; readonly length: number } {
  const done = scored(trials).filter(({ finishedAt }) => isNumber(finishedAt));
  const start = trials.length === 0 ? 0 : Math.min(...trials.map(({ startedAt }) => startedAt));
  const end = Math.max(start, ...done.map(({ finishedAt }) => finishedAt!));
  const families = [...new Set(done.map(({ family }) => family))];
  const unit: Unit = end - start >= 180_000 ? { name: 'minutes', ms: 60_000 } : { name: 'seconds', ms: 1000 };
  const length = (end - start) / unit.ms;
  const steps = families.flatMap((family): Step[] => {
    const own = done.filter((trial) => trial.family === family).sort((a, b) => a.finishedAt! - b.finishedAt!);
    // Where nothing better came, the stair is level, and a dot says nothing.
    const stair = bestSoFar(own, direction)
      .filter(({ best }, i, all) => i === 0 || best !== all[i - 1].best)
      .map(({ trial, best }) => ({ family, at: (trial.finishedAt! - start) / unit.ms, best }));
    return [...stair, { ...stair[stair.length - 1], at: length }];
  });
  return { steps, families, unit, length };
}

/** One stair per family, against the time since the search began. */
export function progressPlot(trials: readonly TrialView[], info: ScoreInfo): Figure {
  const { direction } = info;
  const { steps, families, unit, length } = stepsOf(trials, direction);
  const { range, isOutside } = scoreRange(
    steps.map(({ best }) => best),
    direction,
  );
  const shown = steps.filter(({ best }) => !isOutside(best));
  const hidden = families.filter((family) => !shown.some((step) => step.family === family));
  const format = scoreFormat(steps.map(({ best }) => best));
  const drawn = { shown, unit, length, yScale: yAxis(range, scoreLabel(info)), format };
  const bests = families.map(
    (family) => `${familyLook(family).label} ${format(steps.findLast((s) => s.family === family)!.best)}`,
  );
  return makeFigure({
    id: 'progress',
    title: 'Best per family over time',
    caption:
      hidden.length === 0
        ? 'When each family found its best score.'
        : `When each family found its best score; ${hidden.map((family) => familyLook(family).label).join(', ')} off the scale.`,
    description: bests.join('; ') || 'No finished trial yet.',
    table: {
      columns: ['Family', 'After', `Best ${info.metric} so far`],
      rows: families.flatMap((family) => {
        const own = steps.filter((step) => step.family === family);
        // The last one is where the stair ends.
        return own
          .slice(0, -1)
          .map(({ at, best }) => [familyLook(family).label, formatSeconds((at * unit.ms) / 1000), format(best)]);
      }),
    },
    legend: familyLegend(shown.map(({ family }) => family)),
    draw: (canvas) => drawProgress(drawn, canvas),
  });
}

function drawProgress({ shown, unit, length, yScale, format }: ProgressStairs, { narrow }: Canvas): Plot.PlotOptions {
  return {
    ...scoreFrame(narrow),
    x: {
      ...QUIET_AXIS,
      domain: [0, Math.max(length, 1e-3)],
      label: unit.name,
      ticks: narrow ? 4 : 8,
    },
    y: yScale,
    marks: [
      Plot.lineY(shown, {
        x: 'at',
        y: 'best',
        z: 'family',
        curve: 'step-after',
        stroke: ({ family }: Step) => familyLook(family).colour,
        strokeWidth: 2,
      }),
      Plot.dot(shown, {
        x: 'at',
        y: 'best',
        fill: ({ family }: Step) => familyLook(family).colour,
        symbol: ({ family }: Step) => familyLook(family).symbol,
        r: 3.5,
        title: ({ family, best }: Step) => `${familyLook(family).label}: ${format(best)}`,
      }),
    ],
  };
}

/** What a better score costs: time against score, one dot per trial. */
export function costPlot(trials: readonly TrialView[], info: ScoreInfo): Figure {
  const done = scored(trials).filter(({ fitSeconds }) => fitSeconds > 0);
  const { range, isOutside } = scoreRange(
    done.map(({ cv }) => cv),
    info.direction,
  );
  const shown = done.filter(({ cv }) => !isOutside(cv));
  const hidden = done.length - shown.length;
  const format = scoreFormat(done.map(({ cv }) => cv));
  const cheapest = [...shown].sort((a, b) => a.fitSeconds - b.fitSeconds)[0];
  return makeFigure({
    id: 'cost',
    title: 'Score against fit time',
    caption: `Seconds to fit all folds of a trial${hidden > 0 ? `; ${plural(hidden, 'trial')} off the scale` : ''}. ${capital(betterWords(info.direction))}.`,
    description: cheapest ? `Cheapest on the scale: ${cheapest.model}, ${formatSeconds(cheapest.fitSeconds)}.` : '',
    table: {
      columns: ['Trial', info.metric, 'Fit time'],
      rows: [...done]
        .sort((a, b) => a.fitSeconds - b.fitSeconds)
        .map(({ model, cv, fitSeconds }) => [model, format(cv), formatSeconds(fitSeconds)]),
    },
    legend: familyLegend(shown.map(({ family }) => family)),
    draw: ({ narrow }) => ({
      ...scoreFrame(narrow),
      x: {
        ...QUIET_AXIS,
        type: 'log',
        inset: 8,
        label: 'fit time in seconds',
        ticks: logTicks(
          shown.map(({ fitSeconds }) => fitSeconds),
          narrow ? 3 : 6,
        ),
        tickFormat: tickText,
      },
      y: yAxis(range, scoreLabel(info)),
      marks: [
        Plot.dot(shown, {
          x: 'fitSeconds',
          y: 'cv',
          symbol: ({ family }: Scored) => familyLook(family).symbol,
          fill: ({ family }: Scored) => familyLook(family).colour,
          r: 4.5,
          fillOpacity: 0.9,
          title: (trial: Scored) => `${trial.model}: ${format(trial.cv)} in ${formatSeconds(trial.fitSeconds)}`,
        }),
      ],
    }),
  });
}

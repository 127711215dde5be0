/** @file How a model was made: learning curves of its folds, weights of an ensemble. */

import * as Plot from '@observablehq/plot';

import type { FoldCurve, StudyView } from '../../automl/index.js';
import { familyLook } from '../words/families.js';
import { cut, formatNumber, formatWeight, isNumber, plural } from '../words/format.js';
import { AS_GIVEN, familyLegend, QUIET_AXIS, tickText, yAxis } from './common.js';
import type { Range } from './diagnostics.js';
import { rangeOf } from './diagnostics.js';
import type { Canvas, Figure } from './svg.js';
import { makeFigure } from './svg.js';

interface CurvePoint {
  readonly line: string;
  readonly step: number;
  readonly loss: number;
}

const SPIKE = 3;

const LISTED_STEPS = 12;
const TWO_LOSSES =
  ' Training rows show the loss that the network is trained on, validation rows the one that stops it, by the metric: where these differ, so do their heights.';

/** Positions spread over n, the first, the last and `kept` among them. */
function thinned(n: number, kept: number): number[] {
  if (n === 0) return [];
  const parts = Math.min(n, LISTED_STEPS) - 1;
  const spread = Array.from({ length: parts + 1 }, (_, i) => (parts === 0 ? 0 : Math.round((i * (n - 1)) / parts)));
  return [...new Set([...spread, kept])].sort((a, b) => a - b);
}

interface Curves {
  readonly train: readonly CurvePoint[];
  readonly validation: readonly CurvePoint[];
  readonly kept: readonly { readonly step: number; readonly loss: number }[];
  readonly range: Range;
}

function stepRows({ fold, bestStep, points }: FoldCurve): string[][] {
  const kept = points.findIndex(({ step }) => step >= bestStep);
  return thinned(points.length, kept < 0 ? points.length - 1 : kept).map((at) => [
    String(fold + 1),
    String(points[at].step),
    formatNumber(points[at].train, 4),
    formatNumber(points[at].validation, 4),
    points[at].step === bestStep ? 'yes' : '',
  ]);
}

/** Train and validation loss per fold, with the step that was kept; two losses: a fit may be stopped by another than it descends on. */
export function curvesPlot(curves: readonly FoldCurve[], isOfTwoLosses = false): Figure {
  const points = (of: 'train' | 'validation'): CurvePoint[] =>
    curves.flatMap(({ fold, points: own }) =>
      own.flatMap((point) => {
        const loss = point[of];
        return isNumber(loss) ? [{ line: `${of} ${fold}`, step: point.step, loss }] : [];
      }),
    );
  const [train, validation] = [points('train'), points('validation')];
  const range = lossRange([...train, ...validation].map(({ loss }) => loss));
  const clamp = (list: CurvePoint[]): CurvePoint[] => list.map((p) => ({ ...p, loss: Math.min(p.loss, range[1]) }));
  const kept = curves.flatMap(({ bestStep, points: own }) => {
    const at = own.find(({ step }) => step >= bestStep) ?? own.at(-1);
    const loss = at?.validation ?? at?.train;
    return isNumber(loss) ? [{ step: at!.step, loss: Math.min(loss, range[1]) }] : [];
  });
  const drawn = { train: clamp(train), validation: clamp(validation), kept, range };
  return makeFigure({
    id: 'curves',
    title: 'Learning curves',
    caption:
      'Loss by training step, one line per fold, on its training rows and on its validation rows. The dot is the step that was kept.' +
      (isOfTwoLosses ? TWO_LOSSES : ''),
    description: `${plural(curves.length, 'fold')}; kept steps ${curves.map(({ bestStep }) => bestStep).join(', ')}.`,
    table: {
      columns: ['Fold', 'Step', 'Training loss', 'Validation loss', 'Kept'],
      rows: curves.flatMap(stepRows),
    },
    legend: [
      { label: 'training rows', look: 'line' },
      { label: 'validation rows', look: 'series-line' },
      { label: 'kept step', look: 'ring' },
    ],
    draw: (canvas) => drawCurves(drawn, canvas),
  });
}

function drawCurves({ train, validation, kept, range }: Curves, { narrow }: Canvas): Plot.PlotOptions {
  return {
    ...AS_GIVEN,
    height: narrow ? 240 : 300,
    marginLeft: 52,
    marginBottom: 40,
    x: { ...QUIET_AXIS, type: 'linear', label: 'step', ticks: narrow ? 4 : 8, tickFormat: tickText },
    y: yAxis(range, 'loss ↓'),
    marks: [
      Plot.line(train, {
        x: 'step',
        y: 'loss',
        z: 'line',
        stroke: 'var(--muted)',
        strokeOpacity: 0.6,
        strokeWidth: 1,
      }),
      Plot.line(validation, { x: 'step', y: 'loss', z: 'line', stroke: 'var(--series-1)', strokeWidth: 1.5 }),
      Plot.dot(kept, {
        x: 'step',
        y: 'loss',
        stroke: 'var(--series-1)',
        fill: 'var(--surface)',
        strokeWidth: 1.5,
        r: 4,
      }),
    ],
  };
}

/** The first steps of a bad start must not flatten everything after them. */
function lossRange(losses: readonly number[]): [number, number] {
  const [low, high] = rangeOf(losses);
  const sorted = losses.filter(Number.isFinite).sort((a, b) => a - b);
  const middle = sorted[Math.floor(0.9 * (sorted.length - 1))] ?? high;
  return [low, Math.min(high, middle + SPIKE * (middle - low || 1))];
}

/** Bars, largest first. */
export function weightsPlot(members: StudyView['ensemble'], isStacked = false): Figure {
  const text = ({ weight }: { readonly weight: number }): string => formatWeight(weight, isStacked);
  return makeFigure({
    id: 'weights',
    title: 'Ensemble weights',
    caption: isStacked
      ? 'Stacked: what each member is multiplied by before they are summed, fitted on out-of-fold predictions.'
      : 'Share of each member in the average, chosen greedily on out-of-fold predictions.',
    description: members.map((member) => `${member.model} ${text(member)}`).join('; '),
    table: { columns: ['Model', 'Weight'], rows: members.map((member) => [member.model, text(member)]) },
    legend: familyLegend(members.map(({ family }) => family)),
    draw: ({ narrow }) => ({
      ...AS_GIVEN,
      height: 24 + Math.max(1, members.length) * Math.max(30, Math.min(64, 240 / Math.max(1, members.length))),
      marginLeft: narrow ? 84 : 100,
      marginRight: 56,
      marginTop: 8,
      marginBottom: 16,
      x: { axis: null, domain: [0, Math.max(0.01, ...members.map(({ weight }) => weight))] },
      y: {
        ...QUIET_AXIS,
        type: 'band',
        domain: members.map(({ model }) => cut(model, 14)),
        label: null,
        padding: 0.35,
      },
      marks: [
        Plot.barX(members, {
          x: 'weight',
          y: ({ model }: { model: string }) => cut(model, 14),
          fill: ({ family }: StudyView['ensemble'][number]) => familyLook(family).colour,
          rx: 3,
        }),
        Plot.text(members, {
          x: 'weight',
          y: ({ model }: { model: string }) => cut(model, 14),
          text,
          textAnchor: 'start',
          dx: 6,
          fill: 'currentColor',
        }),
      ],
    }),
  });
}

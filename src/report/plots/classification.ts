/** @file Confusion matrix, ROC curves and calibration. */

import * as Plot from '@observablehq/plot';

import type { ModelView } from '../../automl/index.js';
import type { Costs } from '../../evaluate/index.js';
import { areRankCosts } from '../../evaluate/index.js';
import { cut, formatCount, formatNumber, formatPercent, plural } from '../words/format.js';
import { AS_GIVEN, OUT_OF_FOLD, QUIET_AXIS, xAxis, yAxis } from './common.js';
import type { ConfusionCell, RocCurve } from './diagnostics.js';
import { calibration, confusionCells, rocCurve } from './diagnostics.js';
import type { Canvas, Figure } from './svg.js';
import { makeFigure } from './svg.js';

export type Classified = Pick<ModelView, 'y' | 'predictions' | 'classes' | 'positive' | 'threshold' | 'costs'>;

/** Of two classes the one that curves are about. */
export function positiveName({ classes, positive = 1 }: Pick<Classified, 'classes' | 'positive'>): string {
  return classes[positive];
}

/** Above this many classes a cell has no room for a number. */
const MAX_NUMBERED = 12;
/** Curves with a colour of their own. */
const MAX_COLOURED = 6;

interface Confusion {
  readonly cells: readonly ConfusionCell[];
  readonly classes: readonly string[];
  readonly costs: Costs | null;
}

export function confusionPlot(view: Classified): Figure {
  const { y, predictions, classes } = view;
  const costs = view.costs && !areRankCosts(view.costs) ? view.costs : null;
  const cells = confusionCells(y, predictions, view);
  const right = cells.reduce((sum, { truth, choice, count }) => sum + (truth === choice ? count : 0), 0);
  return makeFigure({
    id: 'confusion',
    title: 'Confusion matrix',
    caption: `${plural(y.length, 'row')}, ${OUT_OF_FOLD}. Shading: share of the true class.${costs ? ` ${costWords(cells, costs)}` : ''}`,
    description: `${formatPercent(right / Math.max(1, y.length))} of rows in the right class. ${worstMix(cells, classes)}`,
    table: {
      columns: ['True class', ...classes],
      rows: classes.map((name, truth) => [
        name,
        ...cells.filter((cell) => cell.truth === truth).map(({ count }) => formatCount(count)),
      ]),
    },
    draw: (canvas) => drawConfusion({ cells, classes, costs }, canvas),
  });
}

function drawConfusion({ cells, classes, costs }: Confusion, { narrow, width }: Canvas): Plot.PlotOptions {
  const k = classes.length;
  const labels = classes.map((name, i) => uniqueCut(name, narrow ? 8 : 12, i, classes));
  const longest = Math.max(...labels.map((label) => Array.from(label).length));
  const left = 28 + 7 * longest;
  const rotated = k > 3 && longest > 2;
  const bottom = rotated ? 40 + 5 * longest : 44;
  const side = Math.min(narrow ? 90 : 120, (Math.min(width, 460) - left - 12) / k);
  const numbered = k <= (narrow ? 5 : MAX_NUMBERED);
  return {
    ...AS_GIVEN,
    width: Math.min(width, left + 12 + side * k),
    height: side * k + 24 + bottom,
    marginLeft: left,
    marginRight: 12,
    marginTop: 24,
    marginBottom: bottom,
    x: {
      ...QUIET_AXIS,
      type: 'band',
      domain: labels,
      label: 'predicted',
      tickRotate: rotated ? -45 : 0,
      padding: 0,
    },
    y: { ...QUIET_AXIS, labelAnchor: 'top', type: 'band', domain: labels, label: 'true', padding: 0 },
    marks: [
      Plot.cell(cells, {
        x: ({ choice }: ConfusionCell) => labels[choice],
        y: ({ truth }: ConfusionCell) => labels[truth],
        fill: 'var(--accent)',
        fillOpacity: { value: ({ share }: ConfusionCell) => 0.04 + 0.5 * share, scale: null } as never,
        inset: k > MAX_NUMBERED ? 0.5 : 1.5,
        rx: k > MAX_NUMBERED ? 0 : 4,
        title: ({ truth, choice, count, share }: ConfusionCell) =>
          `true ${classes[truth]}, predicted ${classes[choice]}: ${count} (${formatPercent(share)})${costs ? `, each costs ${costs[truth][choice]}` : ''}`,
      }),
      Plot.text(numbered ? cells : [], {
        x: ({ choice }: ConfusionCell) => labels[choice],
        y: ({ truth }: ConfusionCell) => labels[truth],
        text: ({ count }: ConfusionCell) => formatCount(count),
        fill: 'currentColor',
        fontWeight: 500,
      }),
    ],
  };
}

/** What the decisions cost, a row and together. */
function costWords(cells: readonly ConfusionCell[], costs: Costs): string {
  const costOf = ({ truth, choice, count }: ConfusionCell): number => count * costs[truth][choice];
  const all = cells.reduce((sum, cell) => sum + costOf(cell), 0);
  const rows = cells.reduce((sum, { count }) => sum + count, 0);
  return `The cheapest class is called: ${formatNumber(all / Math.max(1, rows), 3)} a row, ${formatNumber(all, 1)} in all.`;
}

/** Band scales need distinct names: two classes may look alike once cut. */
function uniqueCut(name: string, length: number, index: number, all: readonly string[]): string {
  const short = cut(name, length);
  const isTwin = all.some((other, i) => i !== index && cut(other, length) === short);
  return isTwin ? `${cut(name, length - 3)} ${index + 1}` : short;
}

function worstMix(cells: readonly ConfusionCell[], classes: readonly string[]): string {
  const worst = cells.filter(({ truth, choice }) => truth !== choice).sort((a, b) => b.count - a.count)[0];
  if (!worst || worst.count === 0) return 'No mistakes.';
  return `Most frequent mistake: ${classes[worst.truth]} taken for ${classes[worst.choice]}, ${plural(worst.count, 'row')}.`;
}

/** One curve for two classes, one against the rest for more. */
/** Why the area is not the AUC that stands above it. */
const POOLED =
  'The areas are those of all folds in one ranking; the AUC of the leaderboard is the mean of the areas of each fold, which may differ a little.';

export function rocPlot({ y, predictions, classes, positive = 1 }: Classified): Figure {
  const wanted = classes.length === 2 ? [positive] : classes.map((_, i) => i);
  const curves = wanted.map((c) => rocCurve(y, predictions, c)).filter(({ area }) => Number.isFinite(area));
  const coloured = [...curves].sort((a, b) => a.area - b.area).slice(0, MAX_COLOURED);
  const faint = curves.filter((curve) => !coloured.includes(curve));
  const area = (curve: RocCurve): string => formatNumber(curve.area, 3);
  const single = classes.length === 2;
  return makeFigure({
    id: 'roc',
    title: single ? `ROC of ${cut(classes[positive], 30)}` : 'ROC, each class against the rest',
    caption:
      faint.length === 0
        ? `${plural(y.length, 'row')}, ${OUT_OF_FOLD}. ${POOLED} The dashed line is chance.`
        : `${plural(y.length, 'row')}, ${OUT_OF_FOLD}. ${POOLED} The ${MAX_COLOURED} classes with the smallest area in colour.`,
    description: curves.map((curve) => `${classes[curve.classIndex]}: area ${area(curve)}`).join('; '),
    table: {
      columns: ['Class', 'Area'],
      rows: curves.map((curve) => [classes[curve.classIndex], area(curve)]),
    },
    legend: coloured.map((curve, i) => ({
      label: `${cut(classes[curve.classIndex], 24)}: AUC ${area(curve)}`,
      look: `series-${i + 1}`,
    })),
    draw: ({ narrow }) => ({
      ...AS_GIVEN,
      height: narrow ? 300 : 380,
      marginLeft: 48,
      marginBottom: 40,
      marginRight: 16,
      x: xAxis([0, 1], 'false positive rate', 5),
      y: yAxis([0, 1], 'true positive rate', 5),
      marks: [
        Plot.line(
          [
            [0, 0],
            [1, 1],
          ],
          { stroke: 'var(--muted)', strokeDasharray: '4 3' },
        ),
        ...faint.map((curve) => rocLine(curve, 'var(--muted)', 0.35)),
        ...coloured.map((curve, i) => rocLine(curve, `var(--series-${i + 1})`, 1)),
      ],
    }),
  });
}

function rocLine({ points }: RocCurve, stroke: string, opacity: number): Plot.Markish {
  return Plot.line(points, { x: 'falsePositive', y: 'truePositive', stroke, strokeOpacity: opacity, strokeWidth: 2 });
}

export function calibrationPlot({ y, predictions, classes, positive = 1 }: Classified): Figure {
  const { bins, error } = calibration(y, predictions, { positive });
  const single = classes.length === 2;
  return makeFigure({
    id: 'calibration',
    title: 'Calibration',
    caption: single
      ? `Ten groups of ${plural(y.length, 'row')} by their predicted probability of ${cut(classes[positive], 24)}, ${OUT_OF_FOLD}. On the line, 70 % means 70 %.`
      : `Ten groups of ${plural(y.length, 'row')} by the probability of the chosen class, ${OUT_OF_FOLD}. On the line, 70 % sure means 70 % right.`,
    description: `Mean distance from the line ${formatNumber(error, 3)} (expected calibration error).`,
    table: {
      columns: ['Rows', single ? 'Predicted' : 'Confidence', single ? 'Observed' : 'Right'],
      rows: bins.map(({ count, predicted, observed }) => [
        formatCount(count),
        formatNumber(predicted, 3),
        formatNumber(observed, 3),
      ]),
    },
    legend: [{ label: `calibration error ${formatNumber(error, 3)}`, look: 'series-1' }],
    draw: ({ narrow }) => ({
      ...AS_GIVEN,
      height: narrow ? 300 : 380,
      marginLeft: 48,
      marginBottom: 40,
      marginRight: 16,
      x: xAxis([0, 1], single ? 'predicted probability' : 'confidence', 5),
      y: yAxis([0, 1], single ? 'observed share' : 'share that is right', 5),
      marks: [
        Plot.line(
          [
            [0, 0],
            [1, 1],
          ],
          { stroke: 'var(--muted)', strokeDasharray: '4 3' },
        ),
        Plot.line(bins, { x: 'predicted', y: 'observed', stroke: 'var(--series-1)', strokeWidth: 2 }),
        Plot.dot(bins, {
          x: 'predicted',
          y: 'observed',
          fill: 'var(--series-1)',
          r: 4.5,
          title: ({ count, predicted, observed }: (typeof bins)[number]) =>
            `${plural(count, 'row')}: promised ${formatPercent(predicted)}, was ${formatPercent(observed)}`,
        }),
      ],
    }),
  });
}

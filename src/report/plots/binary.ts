/** @file Two classes beyond the ROC: precision against recall, gain and lift, errors by tenths for numbers. */

import type { Costs } from '../../evaluate/index.js';
import { cheapestThreshold } from '../../evaluate/index.js';
import { cut, formatCount, formatNumber, formatPercent, plural } from '../words/format.js';
import { barsPlot } from './bars.js';
import type { Classified } from './classification.js';
import { positiveName } from './classification.js';
import { OUT_OF_FOLD } from './common.js';
import { tickText } from './common.js';
import type { ErrorDecile, GainPoint, ThresholdCounts } from './diagnostics-binary.js';
import { errorDeciles, gainCurve, ratesOf } from './diagnostics-binary.js';
import { linesPlot } from './lines.js';
import type { RegressionInput } from './regression.js';
import type { Figure } from './svg.js';

/** Precision against recall over all thresholds; the dashed line is the class's share. */
export function precisionRecallPlot(view: Classified, counts: readonly ThresholdCounts[]): Figure {
  const { y } = view;
  const gains = gainCurve(view, 200);
  const points = gains.map(({ gain, precision }) => ({ x: gain, y: precision }));
  const share = gains.at(-1)?.precision ?? 0;
  const best = counts
    .map((count) => ({ threshold: count.threshold, ...ratesOf(count) }))
    .filter(({ f1 }) => Number.isFinite(f1))
    .sort((a, b) => b.f1 - a.f1)[0];
  return linesPlot({
    id: 'precision-recall',
    title: `Precision and recall of ${cut(positiveName(view), 30)}`,
    caption: `${plural(y.length, 'row')}, ${OUT_OF_FOLD}. The dashed line is the class's share.`,
    description: best
      ? `Best F1 ${formatNumber(best.f1, 3)} at threshold ${best.threshold}: precision ${formatNumber(best.precision, 3)}, recall ${formatNumber(best.recall, 3)}.`
      : 'The class does not occur.',
    table: {
      columns: ['Threshold', 'Precision', 'Recall', 'F1'],
      rows: counts
        .filter((_, i) => i % 10 === 0)
        .map((count) => {
          const { precision, recall, f1 } = ratesOf(count);
          return [count.threshold.toFixed(1), ...[precision, recall, f1].map((value) => formatNumber(value, 3))];
        }),
    },
    lines: [{ points, colour: 'var(--series-1)' }],
    xLabel: 'recall',
    yLabel: 'precision',
    xRange: [0, 1],
    yRange: [0, 1],
    reference: [
      [0, share],
      [1, share],
    ],
    height: 380,
  });
}

/** Mean cost of a row over all thresholds of the positive class; the dashed line is where the least expected cost turns. */
export function decisionCostPlot(view: Classified, costs: Costs, counts: readonly ThresholdCounts[]): Figure {
  const { y, positive = 1 } = view;
  const name = cut(positiveName(view), 30);
  const other = 1 - positive;
  const meanOf = (count: ThresholdCounts): number =>
    (count.truePositive * costs[positive][positive] +
      count.falseNegative * costs[positive][other] +
      count.falsePositive * costs[other][positive] +
      count.trueNegative * costs[other][other]) /
    Math.max(1, y.length);
  const points = counts.map((count) => ({ x: count.threshold, y: meanOf(count) }));
  const best = points.reduce((least, point) => (point.y < least.y ? point : least));
  const ofSecond = cheapestThreshold(costs);
  const turn = ofSecond === null ? null : positive === 1 ? ofSecond : 1 - ofSecond;
  const said =
    turn === null
      ? ''
      : ` The model calls ${name} from ${formatNumber(turn, 3)} on (dashed): what costs say of probabilities that come true.`;
  const highest = Math.max(...points.map((point) => point.y));
  return linesPlot({
    id: 'cost',
    title: `Cost by the threshold of ${name}`,
    caption: `Mean cost of ${plural(y.length, 'row')}, ${OUT_OF_FOLD}.${said}`,
    description: `Least at ${best.x.toFixed(2)}: ${formatNumber(best.y, 3)} a row.`,
    table: {
      columns: ['Threshold', 'Mean cost'],
      rows: points.filter((_, i) => i % 5 === 0).map((point) => [point.x.toFixed(2), formatNumber(point.y, 3)]),
    },
    lines: [{ points, colour: 'var(--series-1)' }],
    xLabel: `called ${name} from this probability on`,
    yLabel: 'mean cost',
    xRange: [0, 1],
    yRange: [0, highest > 0 ? highest : 1],
    ...(turn === null
      ? {}
      : {
          reference: [
            [turn, 0],
            [turn, highest],
          ] as const,
        }),
    height: 380,
  });
}

/** Cumulative gain with lift in its table. */
export function gainPlot(view: Classified): Figure {
  const { y } = view;
  const points = gainCurve(view);
  const at = (share: number): GainPoint | undefined => points.find((point) => point.share >= share);
  const tenth = at(0.1);
  const rows = [0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1].flatMap((share) => {
    const point = at(share);
    return point
      ? [[formatPercent(share), formatPercent(point.gain), formatNumber(point.lift, 2), formatPercent(point.precision)]]
      : [];
  });
  return linesPlot({
    id: 'gain',
    title: `Gain and lift of ${cut(positiveName(view), 30)}`,
    caption: `Of the most probable rows, how many of all rows of the class are found. ${tenth ? `The first tenth holds ${formatPercent(tenth.gain)} of them: lift ${formatNumber(tenth.lift, 2)}.` : ''} ${plural(y.length, 'row')}, ${OUT_OF_FOLD}.`,
    description: rows.map(([share, gain]) => `${share} of rows hold ${gain}`).join('; '),
    table: { columns: ['Most probable rows', 'Of the class', 'Lift', 'Precision'], rows },
    lines: [
      {
        points: [{ x: 0, y: 0 }, ...points.map(({ share, gain }) => ({ x: share, y: gain }))],
        colour: 'var(--series-1)',
      },
    ],
    xLabel: 'share of rows, most probable first',
    yLabel: 'share of the class',
    xRange: [0, 1],
    yRange: [0, 1],
    reference: [
      [0, 0],
      [1, 1],
    ],
    height: 380,
  });
}

/** Mean absolute error in ten groups of rows by their prediction. */
export function decilePlot({ truth, predicted, colour }: RegressionInput): Figure {
  const deciles = errorDeciles(truth, predicted);
  const span = ({ low, high }: ErrorDecile): string => `${tickText(round(low))} – ${tickText(round(high))}`;
  const worst = [...deciles].sort((a, b) => b.meanError - a.meanError)[0];
  return barsPlot({
    id: 'deciles',
    title: 'Error by prediction',
    caption: `Mean absolute error in ten groups of rows by their predicted value, each row ${OUT_OF_FOLD.replace('each row ', '')}.`,
    description: worst ? `Largest where ${span(worst)} is predicted: ${tickText(round(worst.meanError))}.` : 'No rows.',
    table: {
      columns: ['Predicted', 'Rows', 'Mean absolute error', 'Mean of true − predicted'],
      rows: deciles.map((decile) => [
        span(decile),
        formatCount(decile.count),
        tickText(round(decile.meanError)),
        tickText(round(decile.bias)),
      ]),
    },
    bars: deciles.map((decile) => ({
      label: span(decile),
      value: decile.meanError,
      text: tickText(round(decile.meanError)),
      colour,
    })),
  });
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

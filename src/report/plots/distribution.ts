/** @file Scores of all trials per family: quartiles, whiskers and every trial. */

import * as Plot from '@observablehq/plot';

import type { TrialView } from '../../automl/index.js';
import type { Family } from '../../core/index.js';
import { quantile } from '../../data/index.js';
import { familyLook } from '../words/families.js';
import { isNumber, plural, scoreFormat } from '../words/format.js';
import type { ScoreInfo } from './common.js';
import { AS_GIVEN, betterWords, familyMargin, QUIET_AXIS, scoreLabel, xAxis } from './common.js';
import { scoreRange } from './diagnostics.js';
import type { Figure } from './svg.js';
import { makeFigure } from './svg.js';

export interface FamilyBox {
  readonly family: Family;
  readonly count: number;
  readonly low: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly high: number;
}

/** Quartiles of the scored trials of each family, in the order of their first trial. */
export function familyBoxes(trials: readonly TrialView[]): FamilyBox[] {
  const families = [...new Set(trials.map(({ family }) => family))];
  return families.flatMap((family): FamilyBox[] => {
    const scores = trials.flatMap((trial) => (trial.family === family && isNumber(trial.cv) ? [trial.cv] : []));
    if (scores.length === 0) return [];
    const sorted = Float64Array.from(scores).sort();
    const [q1, median, q3] = [0.25, 0.5, 0.75].map((q) => quantile(sorted, q));
    return [{ family, count: sorted.length, low: sorted[0], q1, median, q3, high: sorted[sorted.length - 1] }];
  });
}

export function distributionPlot(trials: readonly TrialView[], info: ScoreInfo): Figure {
  const boxes = familyBoxes(trials);
  const scored = trials.flatMap(({ family, model, cv }) => (isNumber(cv) ? [{ family, model, score: cv }] : []));
  const { range, isOutside } = scoreRange(
    scored.map(({ score }) => score),
    info.direction,
  );
  const clamp = (score: number): number => Math.max(range[0], Math.min(range[1], score));
  const format = scoreFormat(scored.map(({ score }) => score));
  const label = (family: Family): string => familyLook(family).label;
  const name = ({ family }: { readonly family: Family }): string => label(family);
  const colour = ({ family }: { readonly family: Family }): string => familyLook(family).colour;
  const outside = scored.filter(({ score }) => isOutside(score)).length;
  const shown = boxes.filter(({ median }) => !isOutside(median));
  return makeFigure({
    id: 'distribution',
    title: 'Scores by family',
    caption: `Every trial, its family's quartiles as a box; ${betterWords(info.direction)}.${outside > 0 ? ` Off the scale: ${plural(outside, 'trial')}.` : ''}`,
    description: boxes.map((box) => `${label(box.family)}: median ${format(box.median)} of ${box.count}`).join('; '),
    table: {
      columns: ['Family', 'Trials', 'Lowest', 'First quartile', 'Median', 'Third quartile', 'Highest'],
      rows: boxes.map(({ family, count, low, q1, median, q3, high }) => [
        label(family),
        String(count),
        ...[low, q1, median, q3, high].map(format),
      ]),
    },
    draw: ({ narrow }) => ({
      ...AS_GIVEN,
      height: 64 + 40 * Math.max(1, shown.length),
      marginLeft: familyMargin(
        shown.map(({ family }) => family),
        narrow ? 70 : 84,
      ),
      marginRight: 24,
      marginBottom: 40,
      x: xAxis(range, scoreLabel(info), narrow ? 3 : 5),
      y: { ...QUIET_AXIS, type: 'band', domain: shown.map(name), label: null, padding: 0.3 },
      marks: [
        Plot.ruleY(shown, {
          x1: ({ low }: FamilyBox) => clamp(low),
          x2: ({ high }: FamilyBox) => clamp(high),
          y: name,
          stroke: colour,
          strokeOpacity: 0.5,
        }),
        Plot.barX(shown, {
          x1: ({ q1 }: FamilyBox) => clamp(q1),
          x2: ({ q3 }: FamilyBox) => clamp(q3),
          y: name,
          fill: colour,
          fillOpacity: 0.25,
          rx: 3,
        }),
        Plot.dot(
          scored.filter(({ score }) => !isOutside(score)),
          { x: 'score', y: name, fill: colour, fillOpacity: 0.55, r: 2.5 },
        ),
        Plot.tickX(shown, { x: ({ median }: FamilyBox) => clamp(median), y: name, stroke: colour, strokeWidth: 2.5 }),
      ],
    }),
  });
}

/** @file How sure the lead is: the best model against each other family, with the interval of the paired test. */

import * as Plot from '@observablehq/plot';

import { familyLook } from '../words/families.js';
import type { ScoreFormat } from '../words/format.js';
import { formatNumber, NOT_THERE, plural, scoreFormat } from '../words/format.js';
import type { Gap } from '../words/gaps.js';
import type { ScoreInfo } from './common.js';
import { AS_GIVEN, familyMargin, QUIET_AXIS, xAxis } from './common.js';
import { rangeOf } from './diagnostics.js';
import type { Figure, FigureTable } from './svg.js';
import { makeFigure } from './svg.js';

const VERDICTS: Readonly<Record<Gap['verdict'], string>> = {
  better: 'clearly better',
  unclear: 'not distinguishable',
  untested: 'not tested',
};

type Tested = Gap & { readonly test: NonNullable<Gap['test']> };

/** A lead of so many times the reach of the second nearest rival would squeeze the others into one point. */
const FAR = 4;

/** Those that share a scale. */
function nearOnes(tested: readonly Tested[]): Tested[] {
  const reaches = tested.map(({ test }) => Math.max(Math.abs(test.low), Math.abs(test.high))).sort((a, b) => a - b);
  const limit = FAR * reaches[Math.min(1, reaches.length - 1)];
  return tested.filter(({ lead }) => lead <= limit);
}

/** Null where no rival can be tested. */
export function gapsPlot(
  gaps: readonly Gap[],
  { best, folds, metric }: Pick<ScoreInfo, 'metric'> & { readonly best: string; readonly folds: number },
): Figure | null {
  const tested = gaps.filter((gap): gap is Tested => gap.test !== null);
  if (tested.length === 0) return null;
  const shown = nearOnes(tested);
  const far = tested.filter((gap) => !shown.includes(gap));
  const format = scoreFormat(tested.map(({ lead }) => lead));
  const ends = shown.flatMap(({ test: { low, high } }) => [low, high]);
  const label = ({ rival }: Gap): string => familyLook(rival.family).label;
  const colour = ({ rival }: Gap): string => familyLook(rival.family).colour;
  return makeFigure({
    id: 'gaps',
    title: 'How sure the lead is',
    caption: `Lead of ${best} over the best model of each other family, in units of ${metric}: mean over ${plural(folds, 'validation fold')} and 95 % interval of the corrected paired t-test. Where the line reaches 0, the folds cannot tell the two apart.${heldWords(tested)}${far.length > 0 ? ` Off the scale: ${far.map(label).join(', ')}.` : ''}`,
    description: tested.map((gap) => `${label(gap)}: ${format(gap.lead)}, ${VERDICTS[gap.verdict]}`).join('; '),
    table: gapsTable(tested, format),
    draw: ({ narrow }) => ({
      ...AS_GIVEN,
      height: 60 + 44 * shown.length,
      marginLeft: familyMargin(
        shown.map(({ rival }) => rival.family),
        narrow ? 70 : 84,
      ),
      marginRight: narrow ? 20 : 132,
      marginTop: 12,
      marginBottom: 40,
      x: xAxis(rangeOf(ends, [0]), `better by, ${metric}`, narrow ? 3 : 5),
      y: { ...QUIET_AXIS, type: 'band', domain: shown.map(label), label: null },
      marks: [
        Plot.ruleX([0], { stroke: 'var(--muted)', strokeDasharray: '4 3' }),
        Plot.ruleY(shown, {
          x1: ({ test }: Tested) => test.low,
          x2: ({ test }: Tested) => test.high,
          y: label,
          stroke: colour,
          strokeWidth: 2,
        }),
        Plot.dot(shown, {
          x: 'lead',
          y: label,
          symbol: ({ rival }: Gap) => familyLook(rival.family).symbol,
          fill: (gap: Gap) => (gap.verdict === 'better' ? colour(gap) : 'var(--surface)'),
          stroke: colour,
          strokeWidth: 1.75,
          r: 6,
        }),
        Plot.text(narrow ? [] : shown, {
          frameAnchor: 'right',
          y: label,
          text: ({ verdict }: Gap) => VERDICTS[verdict],
          textAnchor: 'start',
          dx: 10,
          fill: 'currentColor',
        }),
      ],
    }),
  });
}

/** Where there are held-out rows: where to find what they say. */
function heldWords(tested: readonly Tested[]): string {
  if (!tested.some(({ rival }) => rival.behind?.holdout)) return '';
  return ' The table has the lead on the held-out rows beside it, with the interval of drawing these rows again.';
}

/** What the folds say and, where there are any, what the held-out rows do. */
function gapsTable(tested: readonly Tested[], format: ScoreFormat): FigureTable {
  const isHeld = tested.some(({ rival }) => rival.behind?.holdout);
  const ends = ({ low, high }: { readonly low: number; readonly high: number }): string =>
    `${format(low)} to ${format(high)}`;
  const heldCells = ({ rival: { behind } }: Gap): string[] => {
    const held = behind?.holdout;
    return held ? [format(held.gain), ends(held)] : [NOT_THERE, NOT_THERE];
  };
  const held = isHeld ? ['Lead, held-out rows', '95 % interval there'] : [];
  return {
    columns: ['Against', 'Lead', '95 % interval', 'p', ...held, 'Verdict'],
    rows: tested.map((gap) => [
      gap.rival.model,
      format(gap.lead),
      ends(gap.test),
      formatNumber(gap.test.p, 3),
      ...(isHeld ? heldCells(gap) : []),
      gap.rival.behind?.words ?? VERDICTS[gap.verdict],
    ]),
  };
}

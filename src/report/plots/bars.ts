/** @file Named bars, longest first as they are given: importances, weights, shares. */

import * as Plot from '@observablehq/plot';

import { cut } from '../words/format.js';
import { AS_GIVEN, QUIET_AXIS } from './common.js';
import type { Figure, FigureParts } from './svg.js';
import { makeFigure } from './svg.js';

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Half the length of its whisker. */
  readonly deviation?: number;
  readonly text: string;
  /** CSS colour. */
  readonly colour?: string;
}

export type BarsParts = Omit<FigureParts, 'draw'> & {
  readonly bars: readonly Bar[];
  /** Letters of a label. */
  readonly letters?: number;
};

/** Values below 0 grow to the left. Labels that are alike once cut get a number. */
export function barsPlot({ bars, letters = 16, ...parts }: BarsParts): Figure {
  const ends = bars.flatMap(({ value, deviation = 0 }) => [value - deviation, value + deviation]);
  const domain = [Math.min(0, ...ends), Math.max(1e-12, ...ends)];
  return makeFigure({
    ...parts,
    draw: ({ narrow }) => {
      const names = distinct(
        bars.map(({ label }) => label),
        narrow ? Math.min(letters, 14) : letters,
      );
      const longest = Math.max(1, ...names.map((name) => Array.from(name).length));
      const at = (_: Bar, i: number): string => names[i];
      return {
        ...AS_GIVEN,
        height: 24 + 26 * Math.max(1, bars.length),
        marginLeft: 18 + 6.6 * longest,
        marginRight: 84,
        marginTop: 8,
        marginBottom: 16,
        x: { axis: null, domain },
        y: { ...QUIET_AXIS, type: 'band', domain: names, label: null, padding: 0.35 },
        marks: [
          Plot.barX(bars, { x: 'value', y: at, fill: (bar: Bar) => bar.colour ?? 'var(--series-1)', rx: 3 }),
          Plot.ruleY(bars, {
            x1: ({ value, deviation = 0 }: Bar) => value - deviation,
            x2: ({ value, deviation = 0 }: Bar) => value + deviation,
            y: at,
            stroke: 'currentColor',
            strokeWidth: 1.5,
          }),
          Plot.text(bars, {
            x: ({ value, deviation = 0 }: Bar) => Math.max(0, value + deviation),
            y: at,
            text: 'text',
            textAnchor: 'start',
            dx: 6,
            fill: 'currentColor',
          }),
        ],
      };
    },
  });
}

/** Labels cut to a length, told apart where that makes them alike. */
export function distinct(labels: readonly string[], length: number): string[] {
  const seen = new Map<string, number>();
  return labels.map((label) => {
    const short = cut(label, length);
    const count = (seen.get(short) ?? 0) + 1;
    seen.set(short, count);
    return count === 1 ? short : `${cut(label, Math.max(1, length - 3))} ${count}`;
  });
}

/** @file Curves of several networks in one plot, each in a colour of its own. */

import type { Figure } from '../src/report/index.js';
import { linesPlot } from '../src/report/index.js';

export interface NamedCurve {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface CurvesParts {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly curves: readonly NamedCurve[];
  /** Both axes count powers: the plot is of log2 x and log10 y, whose ticks say x and y. */
  readonly xText?: (value: number) => string;
}

const LOOKS = 6;

/** A plot of all curves with a legend and the numbers behind it. */
export function curvesFigure({ curves, ...rest }: CurvesParts): Figure {
  const finite = curves.map(({ name, points }) => ({
    name,
    points: points.filter(({ x, y }) => Number.isFinite(x + y)),
  }));
  return linesPlot({
    ...rest,
    description: finite.map(({ name, points }) => `${name} ends at ${short(points.at(-1)?.y ?? NaN)}`).join(', '),
    legend: finite.map(({ name }, i) => ({ label: name, look: `series-${1 + (i % LOOKS)}` })),
    lines: finite.map(({ points }, i) => ({
      points,
      colour: `var(--series-${1 + (i % LOOKS)})`,
      dots: points.length < 20,
    })),
    table: {
      columns: ['', rest.xLabel, rest.yLabel],
      rows: finite.flatMap(({ name, points }) =>
        points.map(({ x, y }) => [name, rest.xText?.(x) ?? short(x), short(y)]),
      ),
    },
  });
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** @file Plain curves over two numeric axes, in the looks of the style sheet. */

import * as Plot from '@observablehq/plot';

import { AS_GIVEN, xAxis, yAxis } from './common.js';
import type { Range } from './diagnostics.js';
import { rangeOf } from './diagnostics.js';
import type { Figure, FigureParts } from './svg.js';
import { makeFigure } from './svg.js';

export interface CurveLine {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** CSS colour. */
  readonly colour: string;
  readonly width?: number;
  readonly opacity?: number;
  readonly dots?: boolean;
}

export type LinesParts = Omit<FigureParts, 'draw'> & {
  readonly lines: readonly CurveLine[];
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xRange?: Range;
  readonly yRange?: Range;
  /** Dashed, from end to end. */
  readonly reference?: readonly (readonly [number, number])[];
  readonly height?: number;
  readonly xText?: (value: number) => string;
};

export function linesPlot({ lines, xLabel, yLabel, reference = [], height = 280, xText, ...rest }: LinesParts): Figure {
  const all = lines.flatMap(({ points }) => points);
  const xRange = rest.xRange ?? rangeOf(all.map(({ x }) => x));
  const yRange = rest.yRange ?? rangeOf(all.map(({ y }) => y));
  return makeFigure({
    ...rest,
    draw: ({ narrow }) => ({
      ...AS_GIVEN,
      height: narrow ? Math.min(height, 240) : height,
      marginLeft: 52,
      marginRight: 20,
      marginBottom: 40,
      x: { ...xAxis(xRange, xLabel, narrow ? 4 : 6), ...(xText && { tickFormat: xText }) },
      y: yAxis(yRange, yLabel, 5),
      marks: [
        Plot.line(reference, { stroke: 'var(--muted)', strokeDasharray: '4 3' }),
        ...lines.map(({ points, colour, width = 2, opacity = 1 }) =>
          Plot.line(points, { x: 'x', y: 'y', stroke: colour, strokeWidth: width, strokeOpacity: opacity }),
        ),
        ...lines.flatMap(({ points, colour, dots }) =>
          dots ? [Plot.dot(points, { x: 'x', y: 'y', r: 3.5, fill: colour })] : [],
        ),
      ],
    }),
  });
}

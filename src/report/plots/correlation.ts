/** @file How much the models say the same: a matrix of rank correlations. */

import * as Plot from '@observablehq/plot';

import type { Agreement } from '../../explain/index.js';
import { formatNumber, plural } from '../words/format.js';
import { AS_GIVEN, QUIET_AXIS } from './common.js';
import type { Figure } from './svg.js';
import { makeFigure } from './svg.js';

interface Cell {
  readonly a: string;
  readonly b: string;
  readonly value: number;
}

export function correlationPlot({ models, correlation, rows }: Agreement): Figure {
  const names = models.map(({ model }) => model);
  const cells = names.flatMap((a, i) => names.map((b, j): Cell => ({ a, b, value: correlation[i][j] })));
  const apart = cells.filter(({ a, b }) => a < b);
  const least = [...apart].sort((p, q) => p.value - q.value)[0];
  // Models of one study agree nearly always: the colours begin where the least alike pair stands.
  const floor = Math.min(0.9, least?.value ?? 0);
  return makeFigure({
    id: 'correlation',
    title: 'Which models say the same',
    caption: `Spearman's rank correlation of out-of-fold predictions on ${plural(rows, 'row')}. Models that agree less help each other more in an ensemble.`,
    description: least ? `Least alike: ${least.a} and ${least.b}, ${formatNumber(least.value, 3)}.` : 'One model.',
    table: {
      columns: ['Model', ...names],
      rows: names.map((name, i) => [name, ...correlation[i].map((value) => formatNumber(value, 3))]),
    },
    draw: ({ narrow, width }) => {
      const left = 20 + 6.6 * Math.max(...names.map((name) => name.length));
      const side = Math.min(44, (width - left - 12) / names.length);
      return {
        ...AS_GIVEN,
        width: left + 12 + side * names.length,
        height: side * names.length + 24 + left,
        marginLeft: left,
        marginRight: 12,
        marginTop: 16,
        marginBottom: left,
        x: { ...QUIET_AXIS, type: 'band', domain: names, label: null, tickRotate: -60, padding: 0 },
        y: { ...QUIET_AXIS, type: 'band', domain: names, label: null, padding: 0 },
        marks: [
          Plot.cell(cells, {
            x: 'b',
            y: 'a',
            inset: 1,
            rx: 3,
            fill: 'var(--accent)',
            fillOpacity: {
              value: ({ value }: Cell) => 0.03 + 0.55 * Math.max(0, (value - floor) / Math.max(1e-9, 1 - floor)),
              scale: null,
            } as never,
            title: ({ a, b, value }: Cell) => `${a} and ${b}: ${formatNumber(value, 3)}`,
          }),
          Plot.text(narrow && names.length > 6 ? [] : side < 30 ? [] : cells, {
            x: 'b',
            y: 'a',
            text: ({ value }: Cell) => formatNumber(value, 2),
            fontSize: 11,
            fill: 'currentColor',
          }),
        ],
      };
    },
  });
}

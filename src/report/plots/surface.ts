/** @file The size of the network against its rank: rank across, width up, a panel for each depth. */

import * as Plot from '@observablehq/plot';

import type { SearchPoints, SettingAxis } from '../../explain/index.js';
import { MIN_TRIALS, surface } from '../../explain/index.js';
import { formatPercent, plural } from '../words/format.js';
import { AS_GIVEN, QUIET_AXIS } from './common.js';
import type { SettingsInput } from './settings.js';
import { fromUnit, short, trialsOf } from './settings.js';
import type { Canvas, Figure } from './svg.js';
import { makeFigure } from './svg.js';

/** Cells along each side. */
const CELLS = 8;
/** Trials by rank that are ringed. */
const TOP = 0.2;

interface Cell {
  readonly x: number;
  readonly y: number;
  /** Expected rank: 0 best, 1 worst. */
  readonly rank: number;
  readonly panel: string;
}

interface Dot {
  readonly x: number;
  readonly y: number;
  readonly panel: string;
  readonly top: boolean;
  readonly model: string;
}

interface Surface {
  readonly names: readonly string[];
  readonly cells: readonly Cell[];
  readonly dots: readonly Dot[];
  readonly across: SettingAxis;
  readonly up: SettingAxis;
}

/** What the forest expects, with the trials on top. Null without the settings. */
export function surfacePlot({ search, ...info }: SettingsInput): Figure | null {
  const found = surfaceOf(search);
  if (!found) return null;
  const { cells, dots, across, up } = found;
  const best = [...cells].sort((a, b) => a.rank - b.rank).at(0);
  const said = best
    ? `What ${trialsOf(search)} of the LRNN say about the size of the network: stronger cells promise better ranks of ${info.metric} (mean of a random forest over all other settings), dots are trials, ringed ones the best fifth.`
    : `Where ${trialsOf(search)} of the LRNN lie, ringed the best fifth by ${info.metric}; from ${MIN_TRIALS} on, cells say what is expected in between.`;
  return makeFigure({
    id: 'surface',
    title: 'Rank × depth × width',
    caption: `${said} Rank and width are those of the dense layers.`,
    description: best
      ? `Best expected at rank ${valueAt(across, best.x)}, width ${valueAt(up, best.y)}${best.panel ? `, ${best.panel}` : ''}.`
      : `${plural(dots.length, 'trial')}.`,
    table: { columns: ['Depth', 'Trials', 'Best rank', 'Best width', 'Expected to beat'], rows: panelRows(found) },
    draw: (canvas) => drawSurface(found, canvas),
  });
}

function surfaceOf(search: SearchPoints): Surface | null {
  const find = (key: string): number => search.axes.findIndex((axis) => axis.key === key);
  const [rank, width, depth] = ['rank', 'width', 'depth'].map(find);
  if (rank < 0 || width < 0) return null;
  const depths =
    depth < 0 ? [null] : [...new Set(search.trials.map((_, t) => search.points[t][depth]))].sort((a, b) => a - b);
  const panelOf = (place: number | null): string => {
    if (place === null) return '';
    const axis = search.axes[depth];
    return `depth ${Math.round(axis.low + place * (axis.high - axis.low))}`;
  };
  return {
    names: depths.map(panelOf),
    cells: depths.flatMap((place) => {
      if (search.trials.length < MIN_TRIALS) return [];
      const fixed = new Map<string, number>(place === null ? [] : [['depth', place]]);
      const cells = surface(search, ['rank', 'width'], fixed, { cells: CELLS });
      return cells.map((cell) => ({ ...cell, panel: panelOf(place) }));
    }),
    dots: search.points.map((place, t) => ({
      x: place[rank],
      y: place[width],
      panel: panelOf(depth < 0 ? null : place[depth]),
      top: search.ranks[t] <= TOP,
      model: search.trials[t].model,
    })),
    across: search.axes[rank],
    up: search.axes[width],
  };
}

function valueAt(axis: SettingAxis, place: number): string {
  return short(fromUnit(axis, place));
}

/** A panel's best cell, and how many trials it has. */
function panelRows({ names, cells, dots, across, up }: Surface): string[][] {
  return names.map((panel) => {
    const own = cells
      .filter((cell) => cell.panel === panel)
      .sort((a, b) => a.rank - b.rank)
      .at(0);
    const count = dots.filter((dot) => dot.panel === panel).length;
    const expected = own ? [valueAt(across, own.x), valueAt(up, own.y), formatPercent(1 - own.rank)] : ['–', '–', '–'];
    return [panel || 'all', String(count), ...expected];
  });
}

function drawSurface(found: Surface, { narrow }: Canvas): Plot.PlotOptions {
  const { names, across, up } = found;
  const columns = narrow ? Math.min(2, names.length) : names.length;
  return {
    ...AS_GIVEN,
    height: 84 + 170 * Math.ceil(names.length / columns),
    marginLeft: 44,
    marginRight: 12,
    marginTop: 34,
    marginBottom: 42,
    fx: { axis: null, padding: 0.08 },
    fy: { axis: null, padding: 0.2 },
    x: {
      ...QUIET_AXIS,
      domain: [0, 1],
      label: 'rank',
      ticks: [0.12, 0.5, 0.88],
      tickFormat: (place: number) => valueAt(across, place),
    },
    y: {
      ...QUIET_AXIS,
      labelAnchor: 'top',
      domain: [0, 1],
      label: 'width',
      ticks: [0, 0.5, 1],
      tickFormat: (place: number) => valueAt(up, place),
    },
    marks: surfaceMarks(found, columns),
  };
}

function surfaceMarks({ names, cells, dots }: Surface, columns: number): Plot.Markish[] {
  const fx = ({ panel }: { panel: string }): number => names.indexOf(panel) % columns;
  const fy = ({ panel }: { panel: string }): number => Math.floor(names.indexOf(panel) / columns);
  const lowest = Math.min(...cells.map(({ rank }) => rank));
  const spread = Math.max(1e-9, Math.max(...cells.map(({ rank }) => rank)) - lowest);
  const half = 0.5 / CELLS;
  return [
    Plot.frame({ stroke: 'var(--line)' }),
    Plot.rect(cells, {
      fx,
      fy,
      x1: ({ x }: Cell) => x - half,
      x2: ({ x }: Cell) => x + half,
      y1: ({ y }: Cell) => y - half,
      y2: ({ y }: Cell) => y + half,
      fill: 'var(--lrnn)',
      fillOpacity: { value: (cell: Cell) => 0.05 + 0.75 * (1 - (cell.rank - lowest) / spread), scale: null } as never,
    }),
    Plot.dot(dots, {
      fx,
      fy,
      x: 'x',
      y: 'y',
      r: 3,
      fill: 'var(--surface)',
      stroke: 'currentColor',
      strokeWidth: ({ top }: Dot) => (top ? 2.2 : 0.8),
      title: 'model',
    }),
    Plot.text(
      names.map((panel) => ({ panel })),
      { fx, fy, frameAnchor: 'top-left', dy: -14, text: 'panel', fontWeight: 560, fill: 'currentColor' },
    ),
  ];
}

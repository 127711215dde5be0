/** @file Each setting against the rank of its trials. */

import * as Plot from '@observablehq/plot';

import { mean } from '../../evaluate/index.js';
import type { SearchPoints } from '../../explain/index.js';
import { coordinate } from '../../explain/index.js';
import { familyLook } from '../words/families.js';
import { cut, formatPercent, settingName } from '../words/format.js';
import { AS_GIVEN } from './common.js';
import type { SettingsInput } from './settings.js';
import { axisEnds, drawnTrials, fromUnit, short } from './settings.js';
import type { Canvas, Figure } from './svg.js';
import { makeFigure } from './svg.js';

const SLICES = 6;
/** Parts of a number's axis in the table of slices. */
const SLICE_PARTS = 4;

/** Per setting and word, or quarter of its axis: how many trials lie there, and how many of all trials they beat. */
function sliceRows({ axes, points, ranks, trials }: SearchPoints, key: string): string[][] {
  const c = axes.findIndex((axis) => axis.key === key);
  const axis = axes[c];
  const words = axis.scale === 'category' ? axis.words : null;
  const count = words?.length ?? SLICE_PARTS;
  const partOf = (t: number): number =>
    words ? Math.round(points[t][c] * (count - 1)) : Math.min(count - 1, Math.floor(points[t][c] * count));
  const having = trials.map((_, t) => t).filter((t) => coordinate(axis, trials[t].settings) !== null);
  return Array.from({ length: count }, (_, part): string[] => {
    const own = having.filter((t) => partOf(t) === part).map((t) => 1 - ranks[t]);
    const place = (i: number): string => short(fromUnit(axis, i / count));
    const range = words ? words[part] : `${place(part)} to ${place(part + 1)}`;
    const beaten = own.length === 0 ? ['–', '–'] : [mean(own), Math.max(...own)].map((share) => formatPercent(share));
    return [settingName(key), range, String(own.length), ...beaten];
  });
}

interface Slices {
  /** A panel each. */
  readonly ends: readonly { readonly key: string; readonly low: string; readonly high: string }[];
  readonly dots: readonly { readonly key: string; readonly x: number; readonly y: number }[];
  readonly colour: string;
  readonly radius: number;
}

/** The most important settings one by one against the score. */
export function slicesPlot({ family, search, importance, ...info }: SettingsInput): Figure {
  const { label, colour } = familyLook(family);
  const keys = importance.slice(0, SLICES).map(({ key }) => key);
  const name = (key: string): string => cut(settingName(key), 18);
  const dots = keys.flatMap((key) => {
    const c = search.axes.findIndex((axis) => axis.key === key);
    return drawnTrials(search).map((t) => ({ key: name(key), x: search.points[t][c], y: 1 - search.ranks[t] }));
  });
  const ends = keys.map((key) => ({ key: name(key), ...axisEnds(search.axes.find((axis) => axis.key === key)!) }));
  const slices = { ends, dots, colour, radius: search.trials.length > 100 ? 1.8 : 2.6 };
  return makeFigure({
    id: `slices-${family}`,
    title: `${label}: one setting at a time`,
    caption: `Each trial's setting (across, from its smallest to its largest value) against its rank among the trials (up is better, by ${info.metric}).`,
    description: keys.map(settingName).join(', '),
    table: {
      columns: ['Setting', 'Value', 'Trials', 'Beat on average', 'Best beat'],
      rows: keys.flatMap((key) => sliceRows(search, key)),
    },
    draw: (canvas) => drawSlices(slices, canvas),
  });
}

function drawSlices({ ends, dots, colour, radius }: Slices, { narrow }: Canvas): Plot.PlotOptions {
  const columns = narrow ? 2 : 3;
  const place = (key: string): number => ends.findIndex((own) => own.key === key);
  const panel = {
    fx: ({ key }: { key: string }) => place(key) % columns,
    fy: ({ key }: { key: string }) => Math.floor(place(key) / columns),
  };
  return {
    ...AS_GIVEN,
    height: 40 + 130 * Math.ceil(ends.length / columns),
    marginLeft: 16,
    marginRight: 16,
    marginTop: 30,
    marginBottom: 22,
    fx: { axis: null, padding: 0.12 },
    fy: { axis: null, padding: 0.32 },
    x: { axis: null, domain: [0, 1], inset: 5 },
    y: { axis: null, domain: [0, 1], inset: 5 },
    marks: [
      Plot.frame({ stroke: 'var(--line)' }),
      Plot.dot(dots, { ...panel, x: 'x', y: 'y', r: radius, fill: colour, fillOpacity: 0.6 }),
      ...(['key', 'low', 'high'] as const).map((part) =>
        Plot.text(ends, {
          ...panel,
          frameAnchor: part === 'key' ? 'top-left' : part === 'low' ? 'bottom-left' : 'bottom-right',
          text: part,
          dy: part === 'key' ? -15 : 14,
          fontWeight: part === 'key' ? 560 : 400,
          fill: part === 'key' ? 'currentColor' : 'var(--muted)',
        }),
      ),
    ],
  };
}

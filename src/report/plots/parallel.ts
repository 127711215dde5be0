/** @file Settings of every trial as lines over parallel axes. */

import * as Plot from '@observablehq/plot';

import type { JsonObject } from '../../core/index.js';
import type { SearchPoints, SettingAxis } from '../../explain/index.js';
import { coordinate } from '../../explain/index.js';
import { familyLook } from '../words/families.js';
import type { ScoreFormat } from '../words/format.js';
import { cut, plural, scoreFormat, settingName } from '../words/format.js';
import { AS_GIVEN, betterWords, QUIET_AXIS, tickText } from './common.js';
import type { SettingsInput } from './settings.js';
import { axisEnds, drawnTrials } from './settings.js';
import type { Canvas, Figure } from './svg.js';
import { makeFigure } from './svg.js';

const MOST_AXES = 7;
/** Trials by rank that stand out. */
const TOP = 0.2;

interface Lines {
  readonly points: readonly { readonly t: number; readonly x: number; readonly y: number }[];
  readonly names: readonly string[];
  readonly ends: readonly { readonly low: string; readonly high: string }[];
  readonly isTop: (trial: number) => boolean;
  readonly colour: string;
}

/** The best fifth in full colour over all others; axes in the order of their importance. */
export function parallelPlot({ family, search, importance, ...info }: SettingsInput): Figure {
  const { label, colour } = familyLook(family);
  const keys = importance.slice(0, MOST_AXES).map(({ key }) => key);
  const columns = keys.map((key) => search.axes.findIndex((axis) => axis.key === key));
  const drawn = drawnTrials(search);
  const format = scoreFormat(search.scores);
  const order = search.trials.map((_, t) => t).sort((a, b) => search.ranks[a] - search.ranks[b]);
  const [best, worst] = [order[0], order[order.length - 1]].map((t) => format(search.scores[t]));
  const lines: Lines = {
    points: drawn.flatMap((t) => [
      ...columns.map((c, i) => ({ t, x: i, y: search.points[t][c] })),
      { t, x: columns.length, y: 1 - search.ranks[t] },
    ]),
    names: [...keys.map((key) => cut(settingName(key), 16)), 'score'],
    ends: [...columns.map((c) => axisEnds(search.axes[c])), { low: worst, high: best }],
    isTop: (t) => search.ranks[t] <= TOP,
    colour,
  };
  return makeFigure({
    id: `parallel-${family}`,
    title: `${label}: settings of every trial`,
    caption: `One line per trial${drawn.length < search.trials.length ? ` (${drawn.length} of ${search.trials.length})` : ''}, ${importance.some(({ share }) => Number.isFinite(share)) ? 'the most important settings first' : 'too few to say which setting matters'}, the score (by rank) last. The best fifth stands out; ${betterWords(info.direction)}.`,
    description: `${plural(search.trials.length, 'trial')}; axes ${keys.map(settingName).join(', ')}.`,
    table: {
      columns: ['Trial', ...keys.map(settingName), info.metric],
      rows: drawn.map((t) => trialRow(search, t, { columns, format })),
    },
    legend: [
      { label: 'best fifth', look: family },
      { label: 'others', look: 'line' },
    ],
    draw: (canvas) => drawLines(lines, canvas),
  });
}

function trialRow(
  search: SearchPoints,
  t: number,
  { columns, format }: { readonly columns: readonly number[]; readonly format: ScoreFormat },
): string[] {
  const { model, state, settings } = search.trials[t];
  const score = `${format(search.scores[t])}${state === 'pruned' ? ', given up' : ''}`;
  return [model, ...columns.map((c) => settingText(search.axes[c], settings)), score];
}

function drawLines({ points, names, ends, isTop, colour }: Lines, { narrow }: Canvas): Plot.PlotOptions {
  return {
    ...AS_GIVEN,
    height: 316,
    marginLeft: 64,
    marginRight: 40,
    marginTop: 34,
    marginBottom: narrow ? 100 : 90,
    x: {
      ...QUIET_AXIS,
      type: 'linear',
      domain: [0, names.length - 1],
      ticks: names.map((_, i) => i),
      tickFormat: (i: number) => names[i],
      tickRotate: narrow ? -50 : -24,
      tickPadding: narrow ? 34 : 24,
      label: null,
    },
    y: { axis: null, domain: [0, 1] },
    marks: [
      Plot.ruleX(
        names.map((_, i) => i),
        { stroke: 'var(--line-strong)' },
      ),
      Plot.line(
        points.filter(({ t }) => !isTop(t)),
        { x: 'x', y: 'y', z: 't', stroke: 'var(--muted)', strokeOpacity: 0.25, strokeWidth: 1 },
      ),
      Plot.line(
        points.filter(({ t }) => isTop(t)),
        { x: 'x', y: 'y', z: 't', stroke: colour, strokeOpacity: 0.8, strokeWidth: 1.75 },
      ),
      ...ends.flatMap(({ high, low }, x) => {
        // Where axes stand close, every other end steps back.
        const step = narrow && x % 2 === 1 ? 12 : 0;
        const look = { x: 'x', text: 'text', fill: 'var(--muted)' };
        return [
          Plot.text([{ x, text: high }], { ...look, y: 1, dy: -9 - step }),
          Plot.text([{ x, text: low }], { ...look, y: 0, dy: 10 + step }),
        ];
      }),
    ],
  };
}

/** A trial's setting as it was; a dash where it had none. */
function settingText(axis: SettingAxis, settings: JsonObject): string {
  const value = coordinate(axis, settings);
  if (value === null) return '–';
  return axis.scale === 'category' ? axis.words[value] : tickText(Number(value.toPrecision(4)));
}

/** @file Settings against scores: parallel coordinates, slices, and the surface of rank, depth and width. */

import * as Plot from '@observablehq/plot';

import type { Family, JsonObject } from '../../core/index.js';
import { mean } from '../../evaluate/index.js';
import type { SearchPoints, SettingAxis, SettingImportance } from '../../explain/index.js';
import { coordinate, MIN_TRIALS, surface } from '../../explain/index.js';
import { familyLook } from '../words/families.js';
import { cut, formatPercent, plural, scoreFormat, settingName } from '../words/format.js';
import { barsPlot } from './bars.js';
import type { ScoreInfo } from './common.js';
import { AS_GIVEN, betterWords, QUIET_AXIS, tickText } from './common.js';
import type { Figure } from './svg.js';
import { makeFigure } from './svg.js';

export interface SettingsInput extends ScoreInfo {
  readonly family: Family;
  readonly search: SearchPoints;
  readonly importance: readonly SettingImportance[];
}

/** Shares of variance by a forest, most important first. */
export function settingImportancePlot({ family, search, importance }: SettingsInput): Figure {
  const { label, colour } = familyLook(family);
  const shown = importance.slice(0, 12);
  return barsPlot({
    id: `importance-${family}`,
    title: `What mattered for ${label}`,
    caption: `Share of the ranks' variance that each setting explains alone, by a random forest over ${trialsOf(search)} (functional ANOVA). The rest is in combinations.`,
    description: shown.map(({ key, share }) => `${settingName(key)} ${formatPercent(share)}`).join('; '),
    table: {
      columns: ['Setting', 'Share'],
      rows: importance.map(({ key, share }) => [settingName(key), formatPercent(share)]),
    },
    letters: 20,
    bars: shown.map(({ key, share }) => ({
      label: settingName(key),
      value: share,
      text: formatPercent(share),
      colour,
    })),
  });
}

/** `36 trials, 21 of them given up early and ranked by the folds they had`. */
function trialsOf({ trials, givenUp }: SearchPoints): string {
  const some = givenUp > 0 ? `, ${givenUp} of them given up early and ranked by the folds they had` : '';
  return `${plural(trials.length, 'trial')}${some}`;
}

const MOST_AXES = 7;
/** Trials that a plot of settings draws: the best, and others evenly. */
const MOST_LINES = 100;

function drawnTrials({ ranks }: SearchPoints): number[] {
  const order = ranks.map((_, t) => t).sort((a, b) => ranks[a] - ranks[b]);
  if (order.length <= MOST_LINES) return order;
  const step = order.length / MOST_LINES;
  return Array.from({ length: MOST_LINES }, (_, i) => order[Math.floor(i * step)]);
}

/** The best fifth in full colour over all others; axes in the order of their importance. */
export function parallelPlot({ family, search, importance, ...info }: SettingsInput): Figure {
  const { label, colour } = familyLook(family);
  const keys = importance.slice(0, MOST_AXES).map(({ key }) => key);
  const columns = keys.map((key) => search.axes.findIndex((axis) => axis.key === key));
  const names = [...keys.map((key) => cut(settingName(key), 16)), 'score'];
  const drawn = drawnTrials(search);
  const points = drawn.flatMap((t) => [
    ...columns.map((c, i) => ({ t, x: i, y: search.points[t][c] })),
    { t, x: columns.length, y: 1 - search.ranks[t] },
  ]);
  const isTop = (t: number): boolean => search.ranks[t] <= 0.2;
  const ends = columns.map((c) => axisEnds(search.axes[c]));
  const format = scoreFormat(search.scores);
  const order = search.trials.map((_, t) => t).sort((a, b) => search.ranks[a] - search.ranks[b]);
  const [best, worst] = [order[0], order[order.length - 1]].map((t) => format(search.scores[t]));
  const labels = [...ends, { low: worst, high: best }];
  return makeFigure({
    id: `parallel-${family}`,
    title: `${label}: settings of every trial`,
    caption: `One line per trial${drawn.length < search.trials.length ? ` (${drawn.length} of ${search.trials.length})` : ''}, ${importance.some(({ share }) => Number.isFinite(share)) ? 'the most important settings first' : 'too few to say which setting matters'}, the score (by rank) last. The best fifth stands out; ${betterWords(info.direction)}.`,
    description: `${plural(search.trials.length, 'trial')}; axes ${keys.map(settingName).join(', ')}.`,
    table: {
      columns: ['Trial', ...keys.map(settingName), info.metric],
      rows: drawn.map((t) => {
        const { model, state, settings } = search.trials[t];
        const score = `${format(search.scores[t])}${state === 'pruned' ? ', given up' : ''}`;
        return [model, ...columns.map((c) => settingText(search.axes[c], settings)), score];
      }),
    },
    legend: [
      { label: 'best fifth', look: family },
      { label: 'others', look: 'line' },
    ],
    draw: ({ narrow }) => ({
      ...AS_GIVEN,
      height: 316,
      marginLeft: 64,
      marginRight: 40,
      marginTop: 34,
      marginBottom: 90,
      x: {
        ...QUIET_AXIS,
        type: 'linear',
        domain: [0, columns.length],
        ticks: names.map((_, i) => i),
        tickFormat: (i: number) => names[i],
        tickRotate: narrow ? -50 : -24,
        tickPadding: 24,
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
        Plot.text(labels, { x: (_: unknown, i: number) => i, y: 1, text: 'high', dy: -9, fill: 'var(--muted)' }),
        Plot.text(labels, { x: (_: unknown, i: number) => i, y: 0, text: 'low', dy: 10, fill: 'var(--muted)' }),
      ],
    }),
  });
}

function axisEnds({ scale, words, low, high }: SettingAxis): { readonly low: string; readonly high: string } {
  if (scale === 'category') return { low: cut(words[0], 7), high: cut(words[words.length - 1], 7) };
  return { low: short(low), high: short(high) };
}

function short(value: number): string {
  return tickText(Number(value.toPrecision(2)));
}

/** A trial's setting as it was; a dash where it had none. */
function settingText(axis: SettingAxis, settings: JsonObject): string {
  const value = coordinate(axis, settings);
  if (value === null) return '–';
  return axis.scale === 'category' ? axis.words[value] : tickText(Number(value.toPrecision(4)));
}

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

/** The most important settings one by one against the score. */
export function slicesPlot({ family, search, importance, ...info }: SettingsInput): Figure {
  const { label, colour } = familyLook(family);
  const keys = importance.slice(0, SLICES).map(({ key }) => key);
  const dots = keys.flatMap((key) => {
    const c = search.axes.findIndex((axis) => axis.key === key);
    return drawnTrials(search).map((t) => ({
      key: cut(settingName(key), 18),
      x: search.points[t][c],
      y: 1 - search.ranks[t],
    }));
  });
  const ends = keys.map((key) => ({
    key: cut(settingName(key), 18),
    ...axisEnds(search.axes.find((axis) => axis.key === key)!),
  }));
  return makeFigure({
    id: `slices-${family}`,
    title: `${label}: one setting at a time`,
    caption: `Each trial's setting (across, from its smallest to its largest value) against its rank among the trials (up is better, by ${info.metric}).`,
    description: keys.map(settingName).join(', '),
    table: {
      columns: ['Setting', 'Value', 'Trials', 'Beat on average', 'Best beat'],
      rows: keys.flatMap((key) => sliceRows(search, key)),
    },
    draw: ({ narrow }) => {
      const columns = narrow ? 2 : 3;
      const place = (key: string): number => keys.findIndex((own) => cut(settingName(own), 18) === key);
      return {
        ...AS_GIVEN,
        height: 40 + 130 * Math.ceil(keys.length / columns),
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
          Plot.dot(dots, {
            fx: ({ key }: { key: string }) => place(key) % columns,
            fy: ({ key }: { key: string }) => Math.floor(place(key) / columns),
            x: 'x',
            y: 'y',
            r: search.trials.length > 100 ? 1.8 : 2.6,
            fill: colour,
            fillOpacity: 0.6,
          }),
          ...(['key', 'low', 'high'] as const).map((part) =>
            Plot.text(ends, {
              fx: ({ key }: { key: string }) => place(key) % columns,
              fy: ({ key }: { key: string }) => Math.floor(place(key) / columns),
              frameAnchor: part === 'key' ? 'top-left' : part === 'low' ? 'bottom-left' : 'bottom-right',
              text: part,
              dy: part === 'key' ? -15 : 14,
              fontWeight: part === 'key' ? 560 : 400,
              fill: part === 'key' ? 'currentColor' : 'var(--muted)',
            }),
          ),
        ],
      };
    },
  });
}

/** Rank across, width up, one panel per depth: what the forest expects, with the trials on top. Null without the settings. */
export function surfacePlot({ search, ...info }: SettingsInput): Figure | null {
  const find = (key: string): number => search.axes.findIndex((axis) => axis.key === key);
  const [rank, width, depth] = ['rank', 'width', 'depth'].map(find);
  if (rank < 0 || width < 0) return null;
  const depths =
    depth < 0 ? [null] : [...new Set(search.trials.map((_, t) => search.points[t][depth]))].sort((a, b) => a - b);
  const depthText = (place: number | null): string => {
    if (place === null) return '';
    const axis = search.axes[depth];
    return `depth ${Math.round(axis.low + place * (axis.high - axis.low))}`;
  };
  const panels = depths.flatMap((place) => {
    const fixed = new Map<string, number>(place === null ? [] : [['depth', place]]);
    const cells = search.trials.length < MIN_TRIALS ? [] : surface(search, ['rank', 'width'], fixed, { cells: 8 });
    return cells.map((cell) => ({
      ...cell,
      panel: depthText(place),
    }));
  });
  const trials = search.points.map((place, t) => ({
    x: place[rank],
    y: place[width],
    panel: depthText(depth < 0 ? null : place[depth]),
    top: search.ranks[t] <= 0.2,
    model: search.trials[t].model,
  }));
  const names = depths.map(depthText);
  const best = [...panels].sort((a, b) => a.rank - b.rank).at(0);
  const lowest = Math.min(...panels.map(({ rank: own }) => own));
  const spread = Math.max(1e-9, Math.max(...panels.map(({ rank: own }) => own)) - lowest);
  const value = (at: number, place: number): string => short(fromUnit(search.axes[at], place));
  const [xAxis, yAxis] = [search.axes[rank], search.axes[width]];
  const rows = names.map((panel) => {
    const own = panels
      .filter((cell) => cell.panel === panel)
      .sort((a, b) => a.rank - b.rank)
      .at(0);
    const count = trials.filter((trial) => trial.panel === panel).length;
    const expected = own ? [value(rank, own.x), value(width, own.y), formatPercent(1 - own.rank)] : ['–', '–', '–'];
    return [panel || 'all', String(count), ...expected];
  });
  return makeFigure({
    id: 'surface',
    title: 'Rank × depth × width',
    caption: `${
      best
        ? `What ${trialsOf(search)} of the LRNN say about the size of the network: stronger cells promise better ranks of ${info.metric} (mean of a random forest over all other settings), dots are trials, ringed ones the best fifth.`
        : `Where ${trialsOf(search)} of the LRNN lie, ringed the best fifth by ${info.metric}; from ${MIN_TRIALS} on, cells say what is expected in between.`
    } Rank and width are those of the dense layers.`,
    description: best
      ? `Best expected at rank ${value(rank, best.x)}, width ${value(width, best.y)}${best.panel ? `, ${best.panel}` : ''}.`
      : `${plural(trials.length, 'trial')}.`,
    table: { columns: ['Depth', 'Trials', 'Best rank', 'Best width', 'Expected to beat'], rows },
    draw: ({ narrow }) => {
      const columns = narrow ? Math.min(2, names.length) : names.length;
      const fx = ({ panel }: { panel: string }): number => names.indexOf(panel) % columns;
      const fy = ({ panel }: { panel: string }): number => Math.floor(names.indexOf(panel) / columns);
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
          tickFormat: (p: number) => short(fromUnit(xAxis, p)),
        },
        y: {
          ...QUIET_AXIS,
          labelAnchor: 'top',
          domain: [0, 1],
          label: 'width',
          ticks: [0, 0.5, 1],
          tickFormat: (p: number) => short(fromUnit(yAxis, p)),
        },
        marks: [
          Plot.rect(panels, {
            fx,
            fy,
            x1: ({ x }: { x: number }) => x - 0.0625,
            x2: ({ x }: { x: number }) => x + 0.0625,
            y1: ({ y }: { y: number }) => y - 0.0625,
            y2: ({ y }: { y: number }) => y + 0.0625,
            fill: 'var(--lrnn)',
            fillOpacity: {
              value: (cell: { rank: number }) => 0.05 + 0.75 * (1 - (cell.rank - lowest) / spread),
              scale: null,
            } as never,
          }),
          Plot.dot(trials, {
            fx,
            fy,
            x: 'x',
            y: 'y',
            r: 3,
            fill: 'var(--surface)',
            stroke: 'currentColor',
            strokeWidth: (trial: { top: boolean }) => (trial.top ? 2.2 : 0.8),
            title: 'model',
          }),
          Plot.text(
            names.map((panel) => ({ panel })),
            { fx, fy, frameAnchor: 'top-left', dy: -14, text: 'panel', fontWeight: 560, fill: 'currentColor' },
          ),
        ],
      };
    },
  });
}

function fromUnit({ scale, low, high }: SettingAxis, place: number): number {
  return scale === 'log' ? low * (high / low) ** place : low + place * (high - low);
}

/** @file What the workers did when: one lane per fit under way at once, one bar per fold. */

import * as Plot from '@observablehq/plot';

import type { JobView, TrialView } from '../../automl/index.js';
import type { Family } from '../../core/index.js';
import { familyLook } from '../words/families.js';
import { formatPercent, formatSeconds, plural } from '../words/format.js';
import { AS_GIVEN, familyLegend, QUIET_AXIS } from './common.js';
import type { Canvas, Figure } from './svg.js';
import { makeFigure } from './svg.js';

export interface LaneJob extends JobView {
  /** From 0. */
  readonly lane: number;
  /** Seconds since the first job began, breaks between sessions left out. */
  readonly from: number;
  readonly to: number;
}

/** A pause as long as this is a break between two sessions. */
const BREAK_MS = 60_000;

/** Jobs in lanes: each starts in the first lane that is free, which is what a pool of workers does. */
export function lanesOf(jobs: readonly JobView[]): LaneJob[] {
  const order = [...jobs].sort((a, b) => a.startedAt - b.startedAt || a.finishedAt - b.finishedAt);
  const free: number[] = [];
  let shift = order[0]?.startedAt ?? 0;
  let latest = shift;
  return order.map((job) => {
    if (job.startedAt - latest > BREAK_MS) shift += job.startedAt - latest;
    latest = Math.max(latest, job.finishedAt);
    // Starts are told as end minus duration, to the millisecond.
    const found = free.findIndex((end) => end <= job.startedAt + 2);
    const lane = found < 0 ? free.length : found;
    free[lane] = job.finishedAt;
    return { ...job, lane, from: (job.startedAt - shift) / 1000, to: (job.finishedAt - shift) / 1000 };
  });
}

/** More bars than this no screen can tell apart; the last ones are drawn. */
const MAX_BARS = 250;

interface Bars {
  readonly drawn: readonly LaneJob[];
  readonly lanes: number;
  /** Of the last fold, in seconds. */
  readonly end: number;
  readonly colourOf: (job: LaneJob) => string;
  readonly nameOf: (job: LaneJob) => string;
}

export function timelinePlot(jobs: readonly JobView[], trials: readonly TrialView[]): Figure {
  const all = lanesOf(jobs);
  const drawn = all.slice(-MAX_BARS);
  const familyOf = new Map<number, Family>(trials.map(({ number, family }) => [number, family]));
  const modelOf = new Map(trials.map(({ number, model }) => [number, model]));
  const family = ({ trial }: JobView): Family => familyOf.get(trial) ?? 'dummy';
  const lanes = Math.max(0, ...all.map(({ lane }) => lane)) + 1;
  const end = Math.max(...all.map(({ to }) => to), 1e-3);
  const nameOf = ({ trial }: JobView): string => modelOf.get(trial) ?? String(trial);
  const bars: Bars = {
    drawn,
    lanes,
    end,
    colourOf: (job) => (job.ok ? familyLook(family(job)).colour : 'var(--bad)'),
    nameOf,
  };
  const busy = all.reduce((sum, { from, to }) => sum + to - from, 0);
  const use = busy / Math.max(1e-9, lanes * end);
  const families = [...new Set(drawn.map(family))];
  const secondsOf = (own: Family): number =>
    all.filter((job) => family(job) === own).reduce((sum, { from, to }) => sum + to - from, 0);
  return makeFigure({
    id: 'timeline',
    title: 'What the workers did',
    caption: `One bar per fold that was fitted, ${plural(lanes, 'worker')} side by side, breaks left out. ${formatPercent(Math.min(1, use))} of their time went into fitting.${drawn.length < all.length ? ` The last ${drawn.length} of ${all.length}.` : ''}`,
    description: `${plural(all.length, 'fold')} in ${formatSeconds(end)}, ${plural(all.filter(({ ok }) => !ok).length, 'fold')} failed. Time by family: ${families.map((own) => `${familyLook(own).label} ${formatPercent(secondsOf(own) / Math.max(1e-9, busy))}`).join(', ')}.`,
    legend: [...familyLegend(families), ...(drawn.some(({ ok }) => !ok) ? [{ label: 'failed', look: 'lost' }] : [])],
    table: {
      columns: ['Trial', 'Fold', 'Worker', 'From (s)', 'To (s)', 'Time'],
      rows: drawn.map((job) => [
        nameOf(job),
        String(job.fold + 1),
        String(job.lane + 1),
        job.from.toFixed(2),
        job.to.toFixed(2),
        `${formatSeconds(job.to - job.from)}${job.ok ? '' : ', failed'}`,
      ]),
    },
    draw: (canvas) => drawTimeline(bars, canvas),
  });
}

function drawTimeline({ drawn, lanes, end, colourOf, nameOf }: Bars, { narrow }: Canvas): Plot.PlotOptions {
  const start = Math.min(...drawn.map(({ from }) => from));
  const minutes = end - start >= 180;
  const scale = minutes ? 60 : 1;
  return {
    ...AS_GIVEN,
    height: 64 + Math.min(40, 200 / lanes) * lanes,
    marginLeft: 30,
    marginRight: 24,
    marginBottom: 40,
    x: {
      ...QUIET_AXIS,
      domain: [start / scale, end / scale],
      label: minutes ? 'minutes' : 'seconds',
      ticks: narrow ? 4 : 8,
      grid: true,
    },
    y: {
      ...QUIET_AXIS,
      type: 'band',
      domain: Array.from({ length: lanes }, (_, i) => i + 1),
      label: null,
      padding: 0.2,
    },
    marks: [
      Plot.barX(drawn, {
        x1: ({ from }: LaneJob) => from / scale,
        x2: ({ to }: LaneJob) => to / scale,
        y: ({ lane }: LaneJob) => lane + 1,
        fill: colourOf,
        insetLeft: drawn.length > 200 ? 0 : 0.5,
        title: (job: LaneJob) => `${nameOf(job)}, fold ${job.fold + 1}: ${formatSeconds(job.to - job.from)}`,
      }),
    ],
  };
}

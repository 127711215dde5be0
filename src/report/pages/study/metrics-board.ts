/** @file Other metrics of the models than the one that was searched by. */

import type { LeaderboardEntry, StudySummary } from '../../../automl/index.js';
import type { ListedMetric } from '../../../evaluate/index.js';
import { METRICS, usualMetrics } from '../../../evaluate/index.js';
import type { FigureTable } from '../../plots/svg.js';
import type { FamilyChip } from '../../words/families.js';
import { chipOf, metricLabel } from '../../words/families.js';
import { scoreFormat } from '../../words/format.js';
import { links } from '../../words/links.js';

/** Models below each other, metrics side by side. */
export interface MetricsBoard {
  readonly heads: readonly string[];
  readonly rows: readonly {
    readonly model: string;
    /** Null in a file: there is no page to go to. */
    readonly href: string | null;
    readonly chip: FamilyChip;
    readonly cells: readonly { readonly folds: string; readonly holdout: string | null }[];
  }[];
  readonly hasHoldout: boolean;
}

/** Null where the study knows of no other metric. */
export function metricsBoard({ task, metric, costs, leaderboard }: StudySummary, study: string): MetricsBoard | null {
  const entries = leaderboard.filter(({ metrics }) => metrics);
  const names = usualMetrics(task, costs).filter(
    (name) => name !== metric && entries.some(({ metrics }) => name in metrics!.folds),
  );
  if (names.length === 0) return null;
  const formats = names.map((name) => scoreFormat(valuesOf(entries[0], name).slice(0, 1)));
  return {
    heads: names.map(headOf),
    rows: entries.map(({ model, family, metrics }) => ({
      model,
      href: links.model(study, model),
      chip: chipOf(family),
      cells: names.map((name, m) => ({
        folds: formats[m](metrics!.folds[name]),
        holdout: metrics!.holdout && formats[m](metrics!.holdout[name]),
      })),
    })),
    hasHoldout: entries.some(({ metrics }) => metrics!.holdout),
  };
}

/** Of one model: a line per metric, the one that was searched by first. */
export function metricsTable(
  entry: LeaderboardEntry,
  { task, metric, costs }: Pick<StudySummary, 'task' | 'metric' | 'costs'>,
): FigureTable | null {
  const { metrics } = entry;
  if (!metrics) return null;
  const own = metric as ListedMetric;
  const names = [own, ...usualMetrics(task, costs).filter((name) => name !== own)].filter(
    (name) => name in metrics.folds,
  );
  return {
    columns: ['Metric', 'Folds', ...(metrics.holdout ? ['Hold-out'] : [])],
    rows: names.map((name) => {
      const format = scoreFormat(valuesOf(entry, name).slice(0, 1));
      const held = metrics.holdout ? [format(metrics.holdout[name])] : [];
      return [headOf(name), format(metrics.folds[name]), ...held];
    }),
  };
}

function valuesOf({ metrics }: LeaderboardEntry, name: string): number[] {
  return [metrics!.folds[name], metrics!.holdout?.[name]].filter((value) => value !== undefined);
}

/** `AUC ↑`; of a metric that is not listed only the name. */
function headOf(name: ListedMetric): string {
  const metric = Object.hasOwn(METRICS, name) ? METRICS[name] : undefined;
  const arrow = metric && (metric.direction === 'maximize' ? ' ↑' : ' ↓');
  return `${metricLabel(name)}${arrow ?? ''}`;
}

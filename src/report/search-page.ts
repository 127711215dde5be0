/** @file The page of a search: how it went, what mattered, what the workers did, every trial. */

import type { StudyView, TrialView } from '../automl/index.js';
import { countTrials } from '../automl/index.js';
import type { Family } from '../core/index.js';
import { searchPoints, settingImportance } from '../explain/index.js';
import { familyLook, metricLabel } from './families.js';
import { isNumber, plural, trialWords } from './format.js';
import { links } from './links.js';
import type { SettingsInput } from './plots.js';
import {
  costPlot,
  distributionPlot,
  historyPlot,
  parallelPlot,
  progressPlot,
  settingImportancePlot,
  slicesPlot,
  surfacePlot,
  timelinePlot,
} from './plots.js';
import type { MetricView, StatusView, Tab, TrialRow } from './study-page.js';
import { metricView, statusView, studyTabs, trialRows } from './study-page.js';
import type { Figure } from './svg.js';

export interface SearchPage {
  readonly name: string;
  readonly status: StatusView;
  readonly tabs: readonly Tab[];
  readonly lead: string;
  readonly metric: MetricView;
  /** How it went. */
  readonly course: readonly Figure[];
  /** The surface of the LRNN search; null with too few trials. */
  readonly surface: Figure | null;
  /** Per family with enough trials. */
  readonly families: readonly {
    readonly family: Family;
    readonly label: string;
    readonly figures: readonly Figure[];
  }[];
  /** The best ones of many. */
  readonly trials: readonly TrialRow[];
  readonly hiddenTrials: number;
  readonly allTrials: string;
}

/** Rows of the table of trials, unless all are asked for. */
const MOST_TRIALS = 100;

/** `name` is the name of the study's folder. */
export function searchPage(view: StudyView, name: string, showsAll = false): SearchPage {
  const { summary, trials, jobs } = view;
  const listed = showsAll || trials.length <= MOST_TRIALS ? trials : bestTrials(view);
  const info = { metric: metricLabel(summary.metric), direction: summary.direction };
  const hasScores = summary.leaderboard.length > 0;
  const searched = [...new Set(trials.map(({ family }) => family))].flatMap((family): SettingsInput[] => {
    const search = searchPoints(
      trials.filter((trial) => trial.family === family),
      summary.direction,
    );
    return search ? [{ family, search, importance: settingImportance(search), ...info }] : [];
  });
  const lrnn = searched.find(({ family }) => family === 'lrnn');
  return {
    name,
    status: statusView(view.status),
    tabs: studyTabs(name, 'search'),
    lead: leadOf(view),
    metric: metricView(summary.metric, summary.direction),
    course: hasScores
      ? [
          historyPlot(trials, info),
          progressPlot(trials, info),
          distributionPlot(trials, info),
          ...(jobs.length > 0 ? [timelinePlot(jobs, trials)] : []),
          costPlot(trials, info),
        ]
      : [],
    surface: lrnn ? surfacePlot(lrnn) : null,
    families: searched.map((input) => ({
      family: input.family,
      label: familyLook(input.family).label,
      figures: [settingImportancePlot(input), parallelPlot(input), slicesPlot(input)],
    })),
    trials: trialRows(listed, name),
    hiddenTrials: trials.length - listed.length,
    allTrials: `${links.search(name)}?trials=all#trials`,
  };
}

/** By score, trials without one last; then in the order of their numbers again. */
function bestTrials({ trials, summary }: StudyView): TrialView[] {
  const sign = summary.direction === 'minimize' ? 1 : -1;
  const loss = ({ cv }: TrialView): number => (isNumber(cv) ? sign * cv : Infinity);
  const best = [...trials].sort((a, b) => (loss(a) === loss(b) ? a.number - b.number : loss(a) - loss(b)));
  return best.slice(0, MOST_TRIALS).sort((a, b) => a.number - b.number);
}

function leadOf({ trials, folds, jobs, status }: StudyView): string {
  const words = trialWords(countTrials(trials), status);
  return `${plural(countTrials(trials).ended, 'trial')} on ${plural(folds, 'fold')}: ${words}; ${plural(jobs.length, 'fit')} in all.`;
}

/** @file The page of a search: how it went, what mattered, what the workers did, every trial. */

import type { StudyView } from '../../automl/index.js';
import { countTrials } from '../../automl/index.js';
import type { Family } from '../../core/index.js';
import type { SearchPoints } from '../../explain/index.js';
import { DRAWN_TRIALS, MIN_TRIALS, searchPoints, settingImportance } from '../../explain/index.js';
import type { SettingsInput } from '../plots/index.js';
import {
  costPlot,
  distributionPlot,
  historyPlot,
  parallelPlot,
  progressPlot,
  scoresTogetherPlot,
  settingImportancePlot,
  slicesPlot,
  surfacePlot,
  timelinePlot,
} from '../plots/index.js';
import type { Figure } from '../plots/svg.js';
import { familyLook, metricLabel } from '../words/families.js';
import { plural, trialWords } from '../words/format.js';
import type { TrialsQuery, TrialsTable } from './search/trials-table.js';
import { trialsTable } from './search/trials-table.js';
import type { MetricView, StatusView, Tab } from './study-page.js';
import { metricView, statusView, studyTabs } from './study-page.js';

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
  readonly trials: TrialsTable;
}

type Drawn = Pick<SearchPage, 'course' | 'surface' | 'families'>;

/** The figures of views that somebody still holds: whoever sorts the table of trials sees the same ones again. */
const drawn = new WeakMap<StudyView, Drawn>();

/** `name` is the name of the study's folder. */
export function searchPage(view: StudyView, name: string, query: TrialsQuery = {}): SearchPage {
  const figures = drawn.get(view) ?? figuresOf(view);
  drawn.set(view, figures);
  return {
    name,
    status: statusView(view.status),
    tabs: studyTabs(name, 'search'),
    lead: leadOf(view),
    metric: metricView(view.summary.metric, view.summary.direction),
    ...figures,
    trials: trialsTable(view, name, query),
  };
}

function figuresOf({ summary, trials, jobs }: StudyView): Drawn {
  const info = { metric: metricLabel(summary.metric), direction: summary.direction };
  const hasScores = summary.leaderboard.length > 0;
  const searched = [...new Set(trials.map(({ family }) => family))].flatMap((family): SettingsInput[] => {
    const search = searchPoints(
      trials.filter((trial) => trial.family === family),
      summary.direction,
      DRAWN_TRIALS,
    );
    return search ? [{ family, search, importance: importanceOf(search), ...info }] : [];
  });
  const lrnn = searched.find(({ family }) => family === 'lrnn');
  return {
    course: hasScores
      ? [
          historyPlot(trials, info),
          progressPlot(trials, info),
          distributionPlot(trials, info),
          ...[scoresTogetherPlot(trials, info)].filter((figure) => figure !== null),
          ...(jobs.length > 0 ? [timelinePlot(jobs, trials)] : []),
          costPlot(trials, info),
        ]
      : [],
    surface: lrnn ? surfacePlot(lrnn) : null,
    families: searched.map((input) => ({
      family: input.family,
      label: familyLook(input.family).label,
      figures: [
        ...(isEnough(input.search) ? [settingImportancePlot(input)] : []),
        parallelPlot(input),
        slicesPlot(input),
      ],
    })),
  };
}

function isEnough({ trials }: SearchPoints): boolean {
  return trials.length >= MIN_TRIALS;
}

/** With too few trials for a forest: the settings in their own order, and no shares. */
function importanceOf(search: SearchPoints): SettingsInput['importance'] {
  return isEnough(search) ? settingImportance(search) : search.axes.map(({ key }) => ({ key, share: NaN }));
}

function leadOf({ trials, folds, jobs, status }: StudyView): string {
  const words = trialWords(countTrials(trials), status);
  return `${plural(countTrials(trials).ended, 'trial')} on ${plural(folds, 'fold')}: ${words}; ${plural(jobs.length, 'fit')} in all.`;
}

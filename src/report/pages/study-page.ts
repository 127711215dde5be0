/** @file Everything the page of a study shows, as plain data. */

import type { MachinesView, RunEvent, StudyStatus, StudyView, TrialView } from '../../automl/index.js';
import { countTrials } from '../../automl/index.js';
import type { StudyExplanation } from '../../explain/index.js';
import { betterWords } from '../plots/common.js';
import type { Figure, FigureTable } from '../plots/svg.js';
import type { FamilyChip } from '../words/families.js';
import { chipOf, metricLabel } from '../words/families.js';
import type { ScoreFormat } from '../words/format.js';
import {
  capital,
  formatCount,
  formatLarge,
  formatMoment,
  formatSeconds,
  plural,
  spokenSettings,
  trialWords,
} from '../words/format.js';
import { gapsOf } from '../words/gaps.js';
import { links } from '../words/links.js';
import type { LogLine, ProgressWords, Tone } from '../words/live.js';
import { latestPhase, latestProgress, logLines } from '../words/live.js';
import type { MachinesWords, SharesTable } from '../words/machines.js';
import { machinesWords, sharesTable } from '../words/machines.js';
import { studySentences } from '../words/sentences.js';
import type { BoardColumn, BoardQuery, LeaderboardRow } from './study/board.js';
import { arrangeBoard, boardColumns, boardRows, KIND_WORDS, readBoardQuery, shortSettings } from './study/board.js';
import type { Explained, InsightCard } from './study/insight.js';
import { insightCards } from './study/insight.js';
import type { MetricsBoard } from './study/metrics-board.js';
import { metricsBoard } from './study/metrics-board.js';
import { collectFoldScores, comparisonTable, studyFigures } from './study/study-figures.js';
import type { TakeAwayLink } from './take-away/links.js';
import { studyTables } from './take-away/links.js';

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** Smaller, beside the value. */
  readonly spread?: string;
  /** Smaller, below the value. */
  readonly note?: string;
}

export interface StatusView {
  readonly word: StudyStatus | 'damaged';
  readonly label: string;
  readonly tone: Tone | 'live';
}

export interface MetricView {
  readonly label: string;
  /** `↑` or `↓`: where better scores lie. */
  readonly arrow: string;
  readonly better: string;
}

export interface TrialRow {
  readonly number: number;
  readonly model: string;
  /** Null: there is no page of it, because it has no predictions. */
  readonly href: string | null;
  readonly chip: FamilyChip;
  readonly state: TrialView['state'];
  readonly score: string;
  readonly spread: string;
  readonly fitTime: string;
  readonly parameters: string;
  readonly origin: string;
  readonly settings: LeaderboardRow['settings'];
  readonly settingsShort: string;
  readonly error: string | null;
  /** Numbers to sort by; null sorts last. */
  readonly keys: Readonly<Record<'number' | 'score' | 'fit' | 'parameters', number | null>>;
}

export interface StudyPage {
  readonly name: string;
  /** The studies of all targets, where this is of one of several; the one that is shown has no address. */
  readonly boards: readonly { readonly target: string; readonly href: string | null }[];
  readonly status: StatusView;
  readonly facts: readonly Fact[];
  readonly sentences: readonly string[];
  readonly metric: MetricView;
  readonly hasHoldout: boolean;
  /** The held-out rows were given back to the best model. */
  readonly isReturned: boolean;
  /** Some score was corrected for the choice. */
  readonly hasCorrected: boolean;
  readonly leaderboard: readonly LeaderboardRow[];
  readonly board: BoardView;
  readonly tabs: readonly Tab[];
  /** Blends of families and the models' agreement are being computed: the page asks again. */
  readonly isExplaining: boolean;
  /** What other metrics say; null where the study knows of none. */
  readonly metrics: MetricsBoard | null;
  /** The LRNN against others in paired tests; null where there is none. */
  readonly comparisons: FigureTable | null;
  readonly figures: readonly Figure[];
  readonly warnings: readonly string[];
  /** What matters, what was learned, what it costs. */
  readonly insights: readonly InsightCard[];
  readonly reproduce: readonly Fact[];
  readonly command: string;
  /** What the machines of a cluster have fitted; null where none is known. */
  readonly shares: SharesTable | null;
  /** Why the run ended early, or how it goes on. */
  readonly notice: { readonly text: string; readonly tone: Tone } | null;
  readonly live: LivePart;
  readonly links: {
    readonly json: string;
    readonly download: string | null;
    readonly best: string | null;
    readonly tryIt: string | null;
    readonly report: string | null;
    /** Goes on with an interrupted search. */
    readonly resume: string | null;
    /** Tables to take away. */
    readonly tables: readonly TakeAwayLink[];
  };
}

/** How the leaderboard is arranged, and what else it could be. */
export interface BoardView {
  readonly columns: Readonly<Record<BoardColumn['key'], BoardColumn>>;
  readonly query: BoardQuery;
  readonly action: string;
  readonly families: readonly { readonly value: string; readonly label: string }[];
  readonly kinds: readonly { readonly value: string; readonly label: string }[];
  readonly hidden: number;
}

/** One of the pages of a study. */
export interface Tab {
  readonly label: string;
  readonly href: string;
  readonly isHere: boolean;
}

export type TabName = 'overview' | 'search' | 'data';

export function studyTabs(name: string, here: TabName | null): Tab[] {
  const tab = (own: TabName, label: string, href: string): Tab => ({ label, href, isHere: own === here });
  return [
    tab('overview', 'Overview', links.study(name)),
    tab('search', 'Search', links.search(name)),
    tab('data', 'Data', links.data(name)),
  ];
}

/** What the script of the page needs to follow a run. */
export interface LivePart {
  readonly isRunning: boolean;
  readonly events: string;
  readonly stop: string;
  readonly canStop: boolean;
  /** What it is at: `Searching`. */
  readonly phase: string;
  readonly progress: ProgressWords | null;
  /** Workers on other machines; null where there are none. */
  readonly machines: MachinesWords | null;
  readonly log: readonly LogLine[];
}

export interface StudyExtras {
  /** Name of the study's folder. */
  readonly name: string;
  readonly events: readonly { readonly id: number; readonly event: RunEvent }[];
  readonly machines?: MachinesView | null;
  /** Of one of several targets: all of them. */
  readonly boards?: readonly { readonly target: string; readonly name: string }[];
  /** This server runs it, so it can stop it. */
  readonly canStop?: boolean;
  /** Of one of several targets that no process searches: which of them wait; null where none does and their model file is there. */
  readonly unfinished?: { readonly waiting: readonly string[] } | null;
  /** Why its search ended on this server, where its own events do not say so; null where nothing went wrong. */
  readonly failure?: string | null;
  /** Words of the address: how the leaderboard is to be arranged. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Null while it is computed, or before the study has ended. */
  readonly explanation?: StudyExplanation | null;
  readonly explained?: Explained;
  readonly isExplaining?: boolean;
}

export function studyPage(view: StudyView, extras: StudyExtras): StudyPage {
  const { name } = extras;
  const { summary, warnings, command } = view;
  const foldScores = collectFoldScores(view);
  const gaps = gapsOf(view);
  const query = readBoardQuery(extras.query ?? {}, summary.direction);
  const rows = boardRows(view, name, extras.explanation?.blends);
  const leaderboard = arrangeBoard(rows, query);
  const best = rows.find(({ isBest }) => isBest);
  const isComplete = view.status === 'complete';
  // What has finished of an interrupted study can be used.
  const isOver = view.status !== 'running';
  const boards = (extras.boards ?? []).map((own) => ({
    target: own.target,
    href: own.name === name ? null : links.study(own.name),
  }));
  return {
    name,
    boards,
    status: statusView(view.status),
    facts: studyFacts(view),
    sentences: studySentences(view).map(capital),
    metric: metricView(summary.metric, summary.direction),
    hasCorrected: rows.some(({ corrected }) => corrected !== null),
    hasHoldout: summary.leaderboard.some(({ holdout }) => holdout !== null),
    isReturned: Boolean(summary.refitted) && summary.refitted?.on !== 'once',
    leaderboard,
    board: boardView(view, { name, query, rows, hidden: rows.length - leaderboard.length }),
    tabs: studyTabs(name, 'overview'),
    isExplaining: extras.isExplaining ?? false,
    metrics: metricsBoard(summary, name),
    comparisons: comparisonTable(view),
    figures: studyFigures(view, { foldScores, gaps, explanation: extras.explanation ?? null }),
    warnings,
    insights: insightCards(view, name, { gaps, explained: extras.explained ?? { best: null, lrnn: null } }),
    reproduce: reproduceFacts(view),
    command,
    shares: sharesTable(summary.machines),
    notice: noticeOf(view, extras),
    live: livePart(view, extras),
    links: {
      json: links.studyJson(name),
      download: best && isOver ? links.download(name, best.model) : null,
      best: best?.href ?? null,
      tryIt: best && isOver ? links.tryIt(name, best.model) : null,
      report: best && isComplete ? links.report(name) : null,
      resume: view.status === 'interrupted' || (isOver && extras.unfinished) ? links.resume(name) : null,
      tables: studyTables(name),
    },
  };
}

function boardView(
  { summary }: StudyView,
  {
    name,
    query,
    rows,
    hidden,
  }: {
    readonly name: string;
    readonly query: BoardQuery;
    readonly rows: readonly LeaderboardRow[];
    readonly hidden: number;
  },
): BoardView {
  return {
    columns: Object.fromEntries(
      boardColumns(name, query, summary.direction).map((column) => [column.key, column]),
    ) as unknown as BoardView['columns'],
    query,
    action: links.study(name),
    families: [...new Set(rows.map(({ chip }) => chip.family))].map((family) => ({
      value: family,
      label: chipOf(family).label,
    })),
    kinds: [...new Set(rows.map(({ kind }) => kind))].map((kind) => ({ value: kind, label: KIND_WORDS[kind] })),
    hidden,
  };
}

function livePart({ status }: StudyView, { name, events, canStop = false, machines }: StudyExtras): LivePart {
  return {
    isRunning: status === 'running',
    events: links.events(name, events.at(-1)?.id ?? 0),
    stop: links.stop(name),
    canStop,
    phase: latestPhase(events.map(({ event }) => event)),
    progress: latestProgress(events),
    machines: machines ? machinesWords(machines, Date.now()) : null,
    log: logLines(events),
  };
}

/** A failed run says why; an interrupted one how to go on. */
function noticeOf({ status, command }: StudyView, { events, failure, unfinished }: StudyExtras): StudyPage['notice'] {
  if (failure) return { text: failure, tone: 'bad' };
  const last = events.at(-1)?.event;
  if (status === 'failed') return { text: last?.type === 'failed' ? last.message : 'The run failed.', tone: 'bad' };
  if (status === 'complete' && unfinished) {
    const { waiting } = unfinished;
    const missing = waiting.length > 0 ? `these wait: ${waiting.join(', ')}` : 'their model file is missing';
    return {
      text: `The search of all targets is not finished; ${missing}. Go on with: ${command} --resume`,
      tone: 'warn',
    };
  }
  if (status !== 'interrupted') return null;
  const resume = last?.type === 'interrupted' ? last.resume : `${command} --resume`;
  return { text: `Interrupted; everything finished is kept. Go on with: ${resume}`, tone: 'warn' };
}

const STATUS: Readonly<Record<StudyStatus, Omit<StatusView, 'word'>>> = {
  running: { label: 'Running', tone: 'live' },
  complete: { label: 'Complete', tone: 'good' },
  interrupted: { label: 'Interrupted', tone: 'warn' },
  failed: { label: 'Failed', tone: 'bad' },
};

export function statusView(word: StudyStatus): StatusView {
  return { word, ...STATUS[word] };
}

export function metricView(metric: string, direction: 'minimize' | 'maximize'): MetricView {
  return {
    label: metricLabel(metric),
    arrow: direction === 'maximize' ? '↑' : '↓',
    better: betterWords(direction),
  };
}

/** While a search runs, its trials and its time are said by what follows it. */
function studyFacts({ summary, schema, folds, holdoutRows, trials, status }: StudyView): Fact[] {
  const counts = countTrials(trials);
  const done: Fact[] =
    status === 'running'
      ? []
      : [
          { label: 'Trials', value: formatCount(counts.ended), note: trialWords(counts, status) },
          { label: 'Time', value: formatSeconds(summary.seconds), note: `seed ${summary.seed}` },
        ];
  return [
    { label: 'Target', value: schema.target.name, note: summary.task },
    { label: 'Data', value: plural(summary.rows, 'row'), note: plural(summary.columns, 'column') },
    {
      label: 'Validation',
      value: plural(folds, 'fold'),
      note: holdoutRows > 0 ? `${formatCount(holdoutRows)} rows held out` : 'no hold-out',
    },
    ...done,
  ];
}

export function trialRows(trials: readonly TrialView[], study: string, format: ScoreFormat): TrialRow[] {
  return trials.map((trial) => ({
    number: trial.number,
    model: trial.model,
    href: trial.state === 'complete' ? links.model(study, trial.model) : null,
    chip: chipOf(trial.family),
    state: trial.state,
    score: format(trial.cv),
    spread: format(trial.cvStd),
    fitTime: formatSeconds(trial.fitSeconds),
    parameters: formatLarge(trial.parameters),
    origin: trial.origin,
    settings: spokenSettings(trial.settings),
    settingsShort: shortSettings(spokenSettings(trial.settings)),
    error: trial.error,
    keys: { number: trial.number, score: trial.cv, fit: trial.fitSeconds, parameters: trial.parameters },
  }));
}

export function reproduceFacts({ summary, dataFile, dataSha256, createdAt, environment }: StudyView): Fact[] {
  return [
    { label: 'Data file', value: dataFile },
    { label: 'SHA-256', value: dataSha256 },
    { label: 'Seed', value: String(summary.seed) },
    { label: 'Started', value: formatMoment(createdAt) },
    { label: 'Version', value: `lrnn-automl ${environment.version}, Node ${environment.node}` },
    { label: 'Engine', value: `${environment.engine}, ${plural(environment.workers, 'worker')}` },
  ];
}

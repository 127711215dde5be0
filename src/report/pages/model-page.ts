/** @file Everything the page of a model shows, as plain data. */

import type { ModelView, StudyView } from '../../automl/index.js';
import { taskFor } from '../../core/index.js';
import { alwaysCheapest, cheapestThreshold } from '../../evaluate/index.js';
import type { ExplainSample, ModelExplanation, PreparedColumn } from '../../explain/index.js';
import { confusionCells } from '../plots/diagnostics.js';
import type { ThresholdCounts } from '../plots/diagnostics-binary.js';
import { classRows, thresholdCounts } from '../plots/diagnostics-binary.js';
import {
  calibrationPlot,
  columnImportancePlot,
  confusionPlot,
  curvesPlot,
  decilePlot,
  decisionCostPlot,
  dependencePlot,
  factorPlot,
  foldsPlot,
  functionsPlot,
  gainPlot,
  pairsPlot,
  positiveName,
  precisionRecallPlot,
  predictedPlot,
  relevancePlot,
  residualPlot,
  rocPlot,
  summaryPlot,
} from '../plots/index.js';
import type { Figure, FigureTable } from '../plots/svg.js';
import type { FamilyChip } from '../words/families.js';
import { chipOf, FAMILY_WORDS, familyLook, metricLabel } from '../words/families.js';
import {
  formatCount,
  formatNumber,
  formatPercent,
  formatWeight,
  isNumber,
  plural,
  scoreFormat,
  spokenSettings,
  studyFormat,
} from '../words/format.js';
import { links } from '../words/links.js';
import { rowsSeen } from '../words/sentences.js';
import type { ExactView } from './model/exact-form.js';
import { exactView } from './model/exact-form.js';
import { modelFacts } from './model/facts.js';
import { asHeld, heldView } from './rows/held-figures.js';
import type { RowsQuery, RowsView } from './rows/rows-view.js';
import { rowsView } from './rows/rows-view.js';
import { metricsTable } from './study/metrics-board.js';
import type { Fact, MetricView } from './study-page.js';
import { metricView, reproduceFacts } from './study-page.js';
import type { TakeAway } from './take-away/links.js';
import { artefactName, modelFileName, takeAway } from './take-away/links.js';
import type { Snippet } from './take-away/usage.js';
import { usageSnippets } from './take-away/usage.js';

export interface ModelPage {
  readonly study: string;
  readonly studyHref: string;
  readonly model: string;
  readonly chip: FamilyChip;
  readonly familyWords: string;
  readonly metric: MetricView;
  readonly facts: readonly Fact[];
  readonly settings: readonly { readonly key: string; readonly value: string }[];
  readonly membersTitle: string;
  readonly members: readonly {
    readonly model: string;
    /** Null in a file: there is no page to go to. */
    readonly href: string | null;
    readonly chip: FamilyChip;
    readonly weight: string;
  }[];
  readonly folds: readonly { readonly fold: string; readonly score: string }[];
  readonly notes: readonly string[];
  readonly error: string | null;
  readonly figures: readonly Figure[];
  /** The same on the rows held out; none where there are none. */
  readonly heldFigures: readonly Figure[];
  readonly heldRows: string;
  /** Where it is good and where not; null where the study keeps no rows. */
  readonly rows: RowsView | null;
  /** Of the page itself; empty in a file. */
  readonly address: string;
  /** Two classes: counts at every threshold, for the slider. */
  readonly thresholds: ThresholdView | null;
  /** What every usual metric says; null where there are no predictions. */
  readonly metrics: FigureTable | null;
  /** More classes: one row each. */
  readonly classTable: FigureTable | null;
  readonly explanation: ExplanationView | null;
  /** It is being computed: the page asks again. */
  readonly isExplaining: boolean;
  readonly preparation: readonly { readonly source: string; readonly step: string; readonly names: string }[];
  readonly reproduce: readonly Fact[];
  readonly command: string;
  readonly download: string;
  readonly tryIt: string;
  readonly fileName: string;
  /** Whether the held-out rows are among its training rows; null where the study gave none back. */
  readonly rowsSeen: string | null;
  /** How it is asked from anywhere. */
  readonly usage: readonly Snippet[];
  readonly takeAway: TakeAway;
}

export interface ThresholdView {
  /** The class that is called positive. */
  readonly positive: string;
  readonly other: string;
  /** Per hundredth: true positives, false positives, false negatives, true negatives. */
  readonly counts: readonly (readonly [number, number, number, number])[];
  readonly start: number;
  /** The class that costs let the model call whatever the probabilities say. */
  readonly always: string | null;
}

export interface ExplanationView {
  readonly importance: Figure;
  /** Null where the model is too large for it. */
  readonly summary: Figure | null;
  readonly dependence: readonly Figure[];
  readonly rows: RowExplorer;
  readonly inside: InsideView | null;
}

/** Rows with the largest errors. */
export interface RowExplorer {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly row: string;
    readonly fold: string;
    readonly truth: string;
    readonly prediction: string;
    readonly error: string;
    readonly cells: readonly (string | null)[];
  }[];
}

export interface InsideView {
  readonly lead: string;
  readonly layers: FigureTable;
  readonly figures: readonly Figure[];
  readonly functions: readonly Figure[];
  readonly functionsLead: string;
  readonly exact: ExactView | null;
}

export interface ModelExtras {
  readonly explanation?: ModelExplanation | null;
  readonly isExplaining?: boolean;
  readonly preparation?: readonly PreparedColumn[];
  /** Rows of the table: for an example of how the model is asked, and for where it is good. */
  readonly sample?: ExplainSample | null;
  /** Columns that the reader chose. */
  readonly query?: RowsQuery;
}

/** `name` is the name of the study's folder. */
export function modelPage(study: StudyView, view: ModelView, name: string, extras: ModelExtras = {}): ModelPage {
  const { entry, members, isStacked = false, notes, trial } = view;
  const metric = metricView(study.summary.metric, study.summary.direction);
  const format = studyFormat(study.summary, study.folds);
  const fileName = modelFileName(name, entry.model);
  const { explanation = null, isExplaining = false, preparation = [] } = extras;
  const held = heldView(view);
  return {
    study: name,
    studyHref: links.study(name),
    model: entry.model,
    chip: chipOf(entry.family),
    familyWords: FAMILY_WORDS[entry.family],
    metric,
    facts: modelFacts(study, view),
    settings: spokenSettings(entry.settings),
    members: members.map((member) => ({
      model: member.model,
      href: links.model(name, member.model),
      chip: chipOf(member.family),
      weight: formatWeight(member.weight, isStacked),
    })),
    membersTitle: isStacked ? 'Stacked members' : 'Members',
    folds: view.foldScores.map((score, i) => ({ fold: String(i + 1), score: format(score) })),
    notes,
    error: trial?.error ?? null,
    figures: modelFigures(study, view),
    heldFigures: held ? diagnosticFigures(study, held).map(asHeld) : [],
    heldRows: held ? plural(held.y.length, 'held-out row') : '',
    rows: rowsView(study, view, extras.sample ?? null, { explanation, query: extras.query ?? {} }),
    address: links.model(name, entry.model),
    thresholds: thresholdView(study, view),
    metrics: metricsTable(entry, study.summary),
    classTable: taskFor(study.summary.task) === 'multiclass' && view.y.length > 0 ? classTable(view) : null,
    explanation: explanation ? explanationView(explanation, study, view) : null,
    isExplaining,
    preparation: preparation.map(({ source, step, names }) => ({ source, step, names: listed(names) })),
    reproduce: reproduceFacts(study),
    command: study.command,
    download: links.download(name, entry.model),
    tryIt: links.tryIt(name, entry.model),
    fileName,
    rowsSeen: rowsSeen(study, entry.model),
    usage: usageSnippets({
      schema: study.schema,
      sample: extras.sample ?? null,
      fileName: artefactName(name, entry.model),
    }),
    takeAway: takeAway(view, name, explanation !== null),
  };
}

const LISTED = 6;

function listed(names: readonly string[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return `${names.slice(0, LISTED).join(', ')}${more}`;
}

function modelFigures(study: StudyView, view: ModelView): Figure[] {
  const { entry, curves, foldScores } = view;
  const info = { metric: metricLabel(study.summary.metric), direction: study.summary.direction };
  const isOfTwoLosses =
    taskFor(study.summary.task) === 'regression' && (entry.family === 'mlp' || entry.family === 'lrnn');
  return [
    ...(view.y.length === 0 ? [] : diagnosticFigures(study, view)),
    ...(curves.some(({ points }) => points.length > 1) ? [curvesPlot(curves, isOfTwoLosses)] : []),
    ...(foldScores.some(isNumber)
      ? [foldsPlot([{ model: entry.model, family: entry.family, scores: foldScores }], info)]
      : []),
  ];
}

function diagnosticFigures({ summary, schema }: StudyView, view: ModelView): Figure[] {
  if (summary.task === 'binary') {
    const counts = thresholdCounts(view);
    return [
      confusionPlot(view),
      rocPlot(view),
      precisionRecallPlot(view, counts),
      calibrationPlot(view),
      gainPlot(view),
      ...(view.costs ? [decisionCostPlot(view, view.costs, counts)] : []),
    ];
  }
  if (taskFor(summary.task) === 'multiclass') return [confusionPlot(view), rocPlot(view), calibrationPlot(view)];
  const { colour } = familyLook(view.entry.family);
  const input = { target: schema.target.name, truth: view.y, predicted: view.predictions.data, colour };
  return [predictedPlot(input), residualPlot(input), decilePlot(input)];
}

function thresholdView({ summary }: StudyView, view: ModelView): ThresholdView | null {
  if (summary.task !== 'binary' || view.y.length === 0) return null;
  const quad = ({ truePositive, falsePositive, falseNegative, trueNegative }: ThresholdCounts) =>
    [truePositive, falsePositive, falseNegative, trueNegative] as const;
  // The model's own is about the second class.
  const { threshold, positive = 1 } = view;
  const always = view.costs ? alwaysCheapest(view.costs) : null;
  const byCosts = always === null ? view.costs && cheapestThreshold(view.costs) : 1 - always;
  const own = byCosts ?? threshold ?? 0.5;
  return {
    positive: positiveName(view),
    other: view.classes[1 - positive],
    counts: thresholdCounts(view).map(quad),
    start: Math.round(100 * (positive === 1 ? own : 1 - own)),
    always: always === null ? null : view.classes[always],
  };
}

function classTable({ y, predictions, classes, ...rule }: ModelView): FigureTable {
  const share = (value: number): string => formatNumber(value, 3);
  return {
    columns: ['Class', 'Rows', 'Predicted', 'Precision', 'Recall', 'F1'],
    rows: classRows(confusionCells(y, predictions, rule), classes.length).map(
      ({ classIndex, rows, called, precision, recall, f1 }) => [
        classes[classIndex],
        formatCount(rows),
        formatCount(called),
        share(precision),
        share(recall),
        share(f1),
      ],
    ),
  };
}

function explanationView(explanation: ModelExplanation, study: StudyView, view: ModelView): ExplanationView {
  const { colour } = familyLook(view.entry.family);
  const { name: target, classes } = study.schema.target;
  const { positive } = view;
  const rows = explanation.dependenceRows;
  return {
    importance: columnImportancePlot(explanation, metricLabel(study.summary.metric), colour),
    summary: explanation.summary && summaryPlot(explanation.summary, { target, classes }),
    dependence: explanation.dependence.map((found, i) => dependencePlot(found, i, { target, classes, positive, rows })),
    rows: rowExplorer(explanation, study),
    inside: explanation.inside ? insideView(explanation, classes) : null,
  };
}

const EXPLORED_COLUMNS = 8;

function rowExplorer({ worst, importance }: ModelExplanation, { schema }: StudyView): RowExplorer {
  const { classes } = schema.target;
  const names = schema.columns
    .filter(({ kind }) => !['id', 'constant', 'ignored'].includes(kind))
    .map(({ name }) => name);
  const shown = importance.columns.slice(0, EXPLORED_COLUMNS).map(({ column }) => column);
  const places = shown.map((column) => names.indexOf(column));
  const format = scoreFormat(worst.map(({ truth }) => truth));
  const said = (prediction: readonly number[]): string => {
    if (classes.length === 0) return format(prediction[0]);
    const best = prediction.indexOf(Math.max(...prediction));
    return `${classes[best]} (${formatPercent(prediction[best])})`;
  };
  return {
    caption: `The ${plural(worst.length, 'row')} with the largest errors among the sampled rows, each predicted by the fold model that did not train on it; the columns that matter most.`,
    columns: shown,
    rows: worst.map(({ row, fold, truth, prediction, error, cells }) => ({
      row: formatCount(row + 1),
      fold: String(fold + 1),
      truth: classes.length === 0 ? format(truth) : classes[truth],
      prediction: said(prediction),
      error: classes.length === 0 ? format(error) : formatPercent(error),
      cells: places.map((place) => cells[place] ?? null),
    })),
  };
}

function insideView({ inside }: ModelExplanation, classes: readonly string[]): InsideView {
  const { layers, functions, factors, folds, inputSkip, exact } = inside!;
  const product = layers.length === 1 ? 'One product layer' : `${layers.length} product layers`;
  return {
    lead: `${product}: every neuron multiplies learned functions of single numbers. ${inputSkip ? 'The columns also go straight to every later layer and to the output. ' : ''}Sizes are means over ${plural(folds, 'fold network')}.`,
    layers: {
      columns: ['Layer', 'Looks at', 'Rank', 'Effective rank', 'Width', 'Effective width', 'Functions', 'Sharing'],
      rows: layers.map((layer, i) => [
        String(i + 1),
        layer.projection === 'axis' ? 'the columns themselves' : 'mixtures',
        String(layer.rank),
        `${formatNumber(layer.effectiveRank, 1)} ± ${formatNumber(layer.rankDeviation, 1)}`,
        String(layer.width),
        `${formatNumber(layer.effectiveWidth, 1)} ± ${formatNumber(layer.widthDeviation, 1)}`,
        `${layer.hidden} × ${layer.activation}`,
        layer.sharing,
      ]),
    },
    figures: [relevancePlot(inside!), pairsPlot(inside!)],
    functions:
      functions.length > 0 ? functions.map((own, i) => functionsPlot(own, i, exact !== null)) : factors.map(factorPlot),
    functionsLead:
      functions.length > 0
        ? 'What the first layer learned about each column, exact for the first fold: the factor by which a value multiplies a neuron. A factor of 1 changes nothing.'
        : "The first layer's strongest functions, each of one mixture of columns; first fold.",
    exact: exact ? exactView(exact, classes) : null,
  };
}

import { expect } from 'chai';

import type { JsonObject } from '../../src/core/index.js';
import { Rng } from '../../src/core/index.js';
import { searchPoints, settingImportance } from '../../src/explain/index.js';
import { searchPage } from '../../src/report/pages/view-model.js';
import { tickText } from '../../src/report/plots/common.js';
import { thresholdCounts } from '../../src/report/plots/diagnostics-binary.js';
import {
  barsPlot,
  columnImportancePlot,
  correlationPlot,
  decilePlot,
  decisionCostPlot,
  dependencePlot,
  distributionPlot,
  factorPlot,
  functionsPlot,
  gainPlot,
  pairsPlot,
  parallelPlot,
  paretoPlot,
  precisionRecallPlot,
  relevancePlot,
  settingImportancePlot,
  slicesPlot,
  surfacePlot,
  timelinePlot,
} from '../../src/report/plots/index.js';
import type { Figure } from '../../src/report/plots/svg.js';
import { makeExplanation, makeStudyExplanation } from '../support/explanations.js';
import { HOSTILE, makeModel, makeStudy } from '../support/studies.js';
import { checkFigure, textsOf } from './support/figures.js';

const RMSE = { metric: 'RMSE', direction: 'minimize' } as const;

/** Trials of a search that went somewhere. */
function searched(count: number) {
  const rng = new Rng(1);
  const { trials } = makeStudy({ trials: 20 });
  return Array.from({ length: count }, (_, number) => {
    const rank = 8 + rng.integer(240);
    const width = 1 + rng.integer(8);
    const first: JsonObject = rng.integer(2) === 0 ? { projection: 'dense' } : { projection: 'axis', hidden: 4 };
    const settings = {
      depth: 1 + rng.integer(3),
      rank,
      width,
      first,
      dropout: rng.uniform(),
      [HOSTILE]: rng.uniform(),
    };
    return {
      ...trials[2],
      number,
      model: `lrnn-${number}`,
      settings,
      cv: 1000 - rank + 10 * width,
      state: 'complete' as const,
    };
  });
}

const trials = searched(40);
const search = searchPoints(trials, 'minimize')!;
const input = { family: 'lrnn' as const, search, importance: settingImportance(search), ...RMSE };
const study = makeStudy();
const hostile = makeStudy({ task: 'multiclass', hostile: true });
const binary = makeStudy({ task: 'binary', hostile: true });

function explained(view: typeof study): Figure[] {
  const explanation = makeExplanation(view, 'lrnn-2');
  const inside = explanation.inside!;
  const { name: target, classes } = view.schema.target;
  return [
    columnImportancePlot(explanation, 'RMSE', 'var(--lrnn)'),
    ...explanation.dependence.map((found, i) => dependencePlot(found, i, { target, classes, rows: 40 })),
    relevancePlot(inside),
    pairsPlot(inside),
    ...inside.functions.map((own, i) => functionsPlot(own, i)),
    factorPlot(
      { neuron: 1, factor: 2, share: 0.3, z: [0, 1, 2], factors: [1, 2, 0.5], inputs: [{ name: HOSTILE, weight: -2 }] },
      0,
    ),
  ];
}

describe('tickText', () => {
  it('shortens, and never loses a digit before the point', () => {
    const values = [100_000, 250_000, 10_000, 12_500, 999_000, 1_000_000, 20_000_000, -400_000, 104_000];
    const texts = ['100k', '250k', '10k', '12.5k', '999k', '1M', '20M', '−400k', '104k'];
    expect(values.map(tickText)).to.deep.equal(texts);
  });
});

describe('every new figure', () => {
  const drawn: Readonly<Record<string, () => Figure[]>> = {
    'of settings': () => [settingImportancePlot(input), parallelPlot(input), slicesPlot(input), surfacePlot(input)!],
    'of costs and scores': () => [
      paretoPlot(
        study.trials.map((t) => ({ ...t, score: t.cv, cost: t.parameters })),
        'size',
        RMSE,
      ),
      paretoPlot([], 'time', RMSE),
      distributionPlot(study.trials, RMSE),
      distributionPlot([], RMSE),
      correlationPlot(makeStudyExplanation(study).agreement),
    ],
    'of workers': () => [timelinePlot(study.jobs, study.trials), timelinePlot(study.jobs.slice(0, 1), [])],
    'of an explanation': () => [...explained(study), ...explained(hostile), ...explained(binary)],
    'of two classes and of errors': () => {
      const model = makeModel(binary, 'lrnn-2');
      const error = { target: HOSTILE, truth: [1, 2, 4], predicted: [1, 2.5, 3], colour: 'var(--lrnn)' };
      return [
        precisionRecallPlot(model, thresholdCounts(model)),
        gainPlot(model),
        decisionCostPlot(
          { ...model, positive: 0 },
          [
            [0, 1],
            [5, 0],
          ],
          thresholdCounts(model),
        ),
        decisionCostPlot(
          model,
          [
            [5, 0],
            [0, 5],
          ],
          thresholdCounts(model),
        ),
        decilePlot(error),
        decilePlot({ ...error, truth: [], predicted: [] }),
      ];
    },
  };

  for (const [name, draw] of Object.entries(drawn)) {
    it(`has a title, a description, quiet markup and a table of even rows: ${name}`, () => {
      for (const figure of draw()) {
        checkFigure(figure);
        if (!figure.table) continue;
        const { columns, rows } = figure.table;
        for (const row of rows) expect(row.length, figure.id).to.equal(columns.length);
      }
    });
  }

  it('is the same text for the same study', () => {
    expect(surfacePlot(input)).to.deep.equal(surfacePlot(input));
    expect(explained(hostile)).to.deep.equal(explained(hostile));
  });
});

describe('barsPlot', () => {
  it('tells labels apart that are alike once cut, and prints each value', () => {
    const bars = ['a'.repeat(40), 'a'.repeat(41)].map((label, i) => ({ label, value: i + 1, text: `${i + 1} units` }));
    const texts = textsOf(barsPlot({ id: 'b', title: 't', caption: 'c', description: 'd', bars }).wide);
    expect(texts).to.include.members(['1 units', '2 units']);
    expect(texts.filter((text) => text.startsWith('aaa'))).to.have.length(2);
  });
});

describe('paretoPlot', () => {
  it('says in its table which models are on the front', () => {
    const points = [
      { model: 'a', family: 'mlp' as const, score: 3, cost: 1 },
      { model: 'b', family: 'lrnn' as const, score: 2, cost: 5 },
      { model: 'c', family: 'xgboost' as const, score: 2.5, cost: 9 },
    ];
    expect(paretoPlot(points, 'time', RMSE).table!.rows).to.deep.equal([
      ['a', '3.000', '1.00 ms', 'yes'],
      ['b', '2.000', '5.00 ms', 'yes'],
      ['c', '2.500', '9.00 ms', 'no'],
    ]);
  });
});

describe('surfacePlot', () => {
  it('has a panel per depth, and finds where ranks were good', () => {
    const figure = surfacePlot(input)!;
    expect(textsOf(figure.wide).filter((text) => text.startsWith('depth'))).to.deep.equal([
      'depth 1',
      'depth 2',
      'depth 3',
    ]);
    const best = figure.table!.rows.map(([, , rank, width]) => [Number(rank), Number(width)]);
    for (const [rank, width] of best) {
      expect(rank).to.be.greaterThan(120);
      expect(width).to.be.lessThan(6);
    }
  });

  it('is not there when rank or width did not vary', () => {
    const flat = searchPoints(
      trials.map((trial) => ({ ...trial, settings: { ...trial.settings, rank: 64 } })),
      'minimize',
    )!;
    expect(surfacePlot({ ...input, search: flat })).to.equal(null);
  });
});

describe('tables behind the plots of settings', () => {
  it('list every drawn trial as it was, best first', () => {
    const { columns, rows } = parallelPlot(input).table!;
    const byScore = [...search.trials].sort((a, b) => a.cv! - b.cv!);
    expect(rows.map(([model]) => model)).to.deep.equal(byScore.map(({ model }) => model));
    const rank = columns.indexOf('rank');
    expect(rows.map((row) => Number(row[rank]))).to.deep.equal(byScore.map(({ settings }) => settings.rank));
  });

  it('count each trial once per setting that it has, with the share that the best of them beat', () => {
    const rows = slicesPlot(input).table!.rows;
    const keys = [...new Set(rows.map(([key]) => key))];
    expect(keys).to.include('rank');
    for (const key of keys) {
      const own = rows.filter(([name]) => name === key);
      expect(
        own.reduce((sum, row) => sum + Number(row[2]), 0),
        key,
      ).to.equal(search.trials.length);
      expect(
        own.filter(([, , , , best]) => best === '100 %'),
        key,
      ).to.have.length(1);
    }
  });
});

describe('searchPage', () => {
  it('shows settings of families with enough trials, and the surface of the LRNN', () => {
    const view = { ...study, trials };
    const page = searchPage(view, 's');
    expect(page.families.map(({ family, figures }) => [family, figures.map(({ id }) => id)])).to.deep.equal([
      ['lrnn', ['importance-lrnn', 'parallel-lrnn', 'slices-lrnn']],
    ]);
    expect(page.surface?.id).to.equal('surface');
    expect(page.course.map(({ id }) => id)).to.deep.equal([
      'history',
      'progress',
      'distribution',
      'scores-together',
      'timeline',
      'cost',
    ]);
    expect(page.lead).to.equal('40 trials on 5 folds: 40 finished; 66 fits in all.');
  });
});

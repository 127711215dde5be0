import { expect } from 'chai';

import type { FoldCurve, TrialView } from '../../src/automl/index.js';
import { createMatrix, matrixFrom } from '../../src/core/index.js';
import {
  calibrationPlot,
  comparisonPlot,
  confusionPlot,
  costPlot,
  curvesPlot,
  foldsPlot,
  historyPlot,
  predictedPlot,
  progressPlot,
  residualPlot,
  rocPlot,
  weightsPlot,
} from '../../src/report/plots/index.js';
import type { Figure } from '../../src/report/plots/svg.js';
import { HOSTILE, makeModel, makeStudy } from '../support/studies.js';
import { checkFigure, checkInside, parse, textsOf } from './support/figures.js';

const RMSE = { metric: 'RMSE', direction: 'minimize' } as const;
const AUC = { metric: 'AUC', direction: 'maximize' } as const;
const COLOUR = 'var(--lrnn)';

function trialsOf(
  trials: readonly TrialView[],
  change: (trial: TrialView, i: number) => Partial<TrialView>,
): TrialView[] {
  return trials.map((trial, i) => ({ ...trial, ...change(trial, i) }));
}

describe('every figure', () => {
  const study = makeStudy();
  const hostile = makeStudy({ task: 'multiclass', hostile: true });
  const model = makeModel(hostile, 'lrnn-2');
  const input = { target: HOSTILE, truth: [1, 2, 4], predicted: [1, 2.5, 3], colour: COLOUR };
  const { leaderboard } = study.summary;
  const lines = study.trials
    .slice(0, 4)
    .map(({ family, foldScores }) => ({ model: HOSTILE, family, scores: foldScores }));
  const draw = (): Figure[] => [
    comparisonPlot({ leaderboard, folds: 5, foldScores: { 'lrnn-2': study.trials[2].foldScores }, ...RMSE }),
    historyPlot(study.trials, RMSE),
    progressPlot(study.trials, RMSE),
    costPlot(study.trials, RMSE),
    foldsPlot(lines, RMSE),
    weightsPlot(study.ensemble.map((member, i) => ({ ...member, model: `${HOSTILE} ${i}` }))),
    predictedPlot(input),
    residualPlot(input),
    confusionPlot(model),
    rocPlot(model),
    calibrationPlot(model),
    curvesPlot(model.curves),
  ];

  it('has a title, a description, colours of the style sheet only, and nothing that runs', () => {
    for (const figure of draw()) checkFigure(figure);
  });

  it('is the same each time it is drawn', () => {
    expect(draw()).to.deep.equal(draw());
  });

  it('has a name of its own', () => {
    const ids = draw().map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
  });
});

describe('comparisonPlot', () => {
  const { leaderboard } = makeStudy().summary;
  const plot = (rows = leaderboard, info: typeof RMSE | typeof AUC = RMSE): Figure =>
    comparisonPlot({ leaderboard: rows, folds: 5, foldScores: {}, ...info });

  it('prints the score and spread of each family', () => {
    const texts = textsOf(plot().wide);
    const [best] = leaderboard;
    expect(texts).to.include(`${Math.round(best.cv).toLocaleString('en-US')} ± ${Math.round(best.cvStd)}`);
    expect(texts.filter((text) => ['LRNN', 'MLP', 'XGBoost', 'Linear', 'Ensemble'].includes(text))).to.have.length(5);
  });

  it('says at the edge what is off the scale, on the side of worse scores', () => {
    const dummy = leaderboard.find(({ family }) => family === 'dummy')!;
    expect(textsOf(plot().narrow)).to.include(`${Math.round(dummy.cv).toLocaleString('en-US')} →`);
    const scores = [0.9, 0.89, 0.88, 0.87, 0.86, 0.5];
    const rows = leaderboard.map((row, i) => ({ ...row, cv: scores[i], cvStd: 0.01, holdout: null }));
    expect(textsOf(plot(rows, AUC).wide)).to.include('← 0.5000');
  });

  it('draws one row, rows without spread, and no row at all', () => {
    checkFigure(plot([leaderboard[0]]));
    checkFigure(plot([{ ...leaderboard[0], cvStd: NaN, holdout: null }]));
    checkFigure(plot([]));
  });

  it('leaves out scores that are not numbers and survives huge ones', () => {
    checkFigure(plot(leaderboard.map((row, i) => ({ ...row, cv: i === 0 ? NaN : 1e30 * i, cvStd: 1e29 }))));
  });
});

describe('historyPlot and its neighbours', () => {
  const { trials } = makeStudy();
  const all = (list: readonly TrialView[]): Figure[] => [
    historyPlot(list, RMSE),
    progressPlot(list, RMSE),
    costPlot(list, RMSE),
  ];

  it('draw no trial, one trial, and trials that all failed', () => {
    all([]).forEach(checkFigure);
    all(trials.slice(0, 1)).forEach(checkFigure);
    all(trialsOf(trials, () => ({ state: 'failed', cv: null, cvStd: null }))).forEach(checkFigure);
  });

  it('draw trials with scores that are not numbers, equal or huge, and times that are zero', () => {
    all(trialsOf(trials, (_, i) => ({ cv: i % 2 ? NaN : 1 }))).forEach(checkFigure);
    all(trialsOf(trials, (_, i) => ({ cv: i % 2 ? 1e300 : 1e-300 }))).forEach(checkFigure);
    all(trialsOf(trials, ({ startedAt }) => ({ fitSeconds: 0, finishedAt: startedAt }))).forEach(checkFigure);
  });

  it('put one mark per scored trial, with its score in the title', () => {
    const scored = trials.filter(({ cv }) => cv !== null);
    const titles = textsOf(historyPlot(trials, RMSE).wide, 'path title');
    expect(titles).to.have.length(scored.length);
    for (const { model, cv } of scored) {
      expect(titles.some((text) => text.startsWith(`${model}: ${Math.round(cv!).toLocaleString('en-US')}`))).to.be.true;
    }
  });

  it('say how many trials were lost', () => {
    const { wide, legend } = historyPlot(trials, RMSE);
    expect(wide).to.contain('13 scored trials, 1 failed or pruned');
    expect(legend.map(({ look }) => look)).to.include('lost');
  });

  it('follow the best so far downwards or upwards, as the metric wants', () => {
    const scores = [3, 1, 2];
    const list = trialsOf(trials.slice(0, 3), (_, i) => ({ cv: scores[i] }));
    expect(historyPlot(list, RMSE).wide).to.contain('best RMSE 1.000');
    expect(historyPlot(list, AUC).wide).to.contain('best AUC 3.000');
  });

  it('keep every family inside the drawing', () => {
    const tall = historyPlot(trials, RMSE).wide;
    const path = [...parse(tall).querySelectorAll('[class="line"] path')][0].getAttribute('d')!;
    const heights = path.match(/,(-?[\d.]+)|V(-?[\d.]+)/g)!.map((text) => Number(text.slice(1)));
    expect(Math.min(...heights)).to.be.at.least(0);
    expect(Math.max(...heights)).to.be.at.most(280);
  });
});

describe('foldsPlot', () => {
  it('leaves gaps where a fold has no score, and draws nothing for none', () => {
    checkFigure(foldsPlot([{ model: 'mlp-1', family: 'mlp', scores: [1, null, 3, NaN] }], RMSE));
    checkFigure(foldsPlot([{ model: 'mlp-1', family: 'mlp', scores: [] }], RMSE));
    checkFigure(foldsPlot([], RMSE));
  });

  it('shows every fold of the only model, however far apart', () => {
    const { wide } = foldsPlot([{ model: 'm', family: 'lrnn', scores: [0.04, 0.0002, 0.00002, 0.02, 0.0002] }], RMSE);
    expect([...parse(wide).querySelectorAll('[class="dot"] > *')]).to.have.length(5);
    checkInside(wide, 'folds');
  });

  it('names families that are off the scale', () => {
    const scores = [
      [1, 1.1],
      [1.2, 1.1],
      [1.3, 1.2],
      [90, 91],
    ];
    const families = ['lrnn', 'mlp', 'xgboost', 'dummy'] as const;
    const lines = families.map((family, i) => ({ model: family, family, scores: scores[i] }));
    const { caption, legend } = foldsPlot(lines, RMSE);
    expect(caption).to.contain('Off the scale: Dummy.');
    expect(legend.map(({ look }) => look)).to.deep.equal(['lrnn', 'mlp', 'xgboost']);
  });
});

describe('predictedPlot and residualPlot', () => {
  const both = (truth: ArrayLike<number>, predicted: ArrayLike<number>): Figure[] => [
    predictedPlot({ target: 'y', truth, predicted, colour: COLOUR }),
    residualPlot({ target: 'y', truth, predicted, colour: COLOUR }),
  ];

  it('draw no row, one row, equal rows, and rows that are not numbers', () => {
    both([], []).forEach(checkFigure);
    both([5], [5]).forEach(checkFigure);
    both([5, 5, 5], [5, 5, 5]).forEach(checkFigure);
    both([1, NaN, 3], [NaN, 2, Infinity]).forEach(checkFigure);
    both([1e38, -1e38], [3e38, 1]).forEach(checkFigure);
  });

  it('draw a dot per row up to 2000 rows and a small density above', () => {
    const rows = Float32Array.from({ length: 50_000 }, (_, i) => Math.sin(i) * 100);
    const dots = both(rows.slice(0, 2000), rows.slice(1, 2001));
    expect(dots[0].wide.match(/<circle/g)).to.have.length(2000);
    for (const figure of both(
      rows,
      rows.map((value, i) => value + Math.cos(i)),
    )) {
      checkFigure(figure);
      expect(figure.wide).not.to.contain('<circle');
      expect(figure.wide.length).to.be.lessThan(250_000);
    }
  });

  it('counts predictions within ten per cent', () => {
    const [figure] = both([100, 100, 100], [109, 111, 91]);
    expect(figure.wide).to.contain('2 predictions of 3 within 10 % of the truth.');
  });
});

describe('confusionPlot', () => {
  const classes = (k: number): string[] => Array.from({ length: k }, (_, i) => `class number ${i}`);
  const identity = (k: number) => matrixFrom(classes(k).map((_, i) => classes(k).map((_c, j) => (i === j ? 1 : 0))));

  it('prints counts for few classes and only shades for 26', () => {
    const y = Float32Array.of(0, 1, 2);
    const three = confusionPlot({ y, predictions: identity(3), classes: classes(3) });
    expect(textsOf(three.wide).filter((text) => /^[01]$/.test(text))).to.have.length(9);
    const y26 = Float32Array.from({ length: 26 }, (_, i) => i);
    const many = confusionPlot({ y: y26, predictions: identity(26), classes: classes(26) });
    checkFigure(many);
    expect(textsOf(many.wide).filter((text) => /^[01]$/.test(text))).to.be.empty;
    expect(many.wide).to.contain('100 % of rows in the right class. No mistakes.');
  });

  it('keeps classes apart that look alike once cut', () => {
    const names = ['a very long class name, the first', 'a very long class name, the second'];
    const { wide } = confusionPlot({ y: Float32Array.of(0, 1), predictions: identity(2), classes: names });
    const labels = textsOf(wide, '[class="y-axis-tick-label"] text');
    expect(new Set(labels).size).to.equal(2);
  });

  it('names the most frequent mistake', () => {
    const predictions = matrixFrom([
      [0.9, 0.1],
      [0.9, 0.1],
      [0.1, 0.9],
    ]);
    const { wide } = confusionPlot({ y: Float32Array.of(0, 1, 1), predictions, classes: ['no', 'yes'] });
    expect(wide).to.contain('67 % of rows in the right class. Most frequent mistake: yes taken for no, 1 row.');
  });

  it('shows class names that try to be markup as text', () => {
    const figure = confusionPlot({
      y: Float32Array.of(0, 1),
      predictions: identity(2),
      classes: [HOSTILE, `${HOSTILE}2`],
    });
    checkFigure(figure);
    expect(textsOf(figure.wide, 'rect title').join()).to.contain(HOSTILE);
  });
});

describe('rocPlot and calibrationPlot', () => {
  it('draw one curve for two classes and name its class and area', () => {
    const predictions = matrixFrom([
      [0.9, 0.1],
      [0.2, 0.8],
    ]);
    const figure = rocPlot({ y: Float32Array.of(0, 1), predictions, classes: ['no', 'yes'] });
    expect(figure.title).to.equal('ROC of yes');
    expect(figure.legend).to.deep.equal([{ label: 'yes: AUC 1.000', look: 'series-1' }]);
  });

  it('colour the six weakest of 26 classes and draw all', () => {
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    const study = makeStudy({ task: 'multiclass', classes: letters, rows: 2000 });
    const figure = rocPlot(makeModel(study, 'lrnn-2'));
    checkFigure(figure);
    expect(figure.legend).to.have.length(6);
    expect([...parse(figure.wide).querySelectorAll('[class="line"]')]).to.have.length(27);
  });

  it('draw nothing but the frame when a class is missing or no row is there', () => {
    const nothing = { y: new Float32Array(0), predictions: createMatrix(0, 2), classes: ['a', 'b'] };
    for (const plot of [rocPlot, calibrationPlot, confusionPlot]) checkFigure(plot(nothing));
    const one = { y: Float32Array.of(1, 1), predictions: createMatrix(2, 2), classes: ['a', 'b'] };
    for (const plot of [rocPlot, calibrationPlot, confusionPlot]) checkFigure(plot(one));
    const broken = {
      y: Float32Array.of(0, 1),
      predictions: matrixFrom([
        [NaN, NaN],
        [NaN, NaN],
      ]),
      classes: ['a', 'b'],
    };
    for (const plot of [rocPlot, calibrationPlot, confusionPlot]) checkFigure(plot(broken));
  });
});

describe('curvesPlot', () => {
  const curve = (points: FoldCurve['points'], bestStep = 10): FoldCurve => ({ fold: 0, bestStep, points });

  it('draws curves without validation, with losses that are not numbers, and none', () => {
    checkFigure(curvesPlot([curve([{ step: 1, train: NaN, validation: null }])]));
    checkFigure(
      curvesPlot([
        curve([
          { step: 1, train: 2, validation: null },
          { step: 2, train: 1, validation: null },
        ]),
      ]),
    );
    checkFigure(curvesPlot([curve([])]));
    checkFigure(curvesPlot([]));
  });

  it('says where training and validation rows may show different losses', () => {
    const curves = [curve([{ step: 1, train: 2, validation: 3 }])];
    expect(curvesPlot(curves, true).caption).to.match(
      /kept\. Training rows show the loss that the network is trained on/,
    );
    expect(curvesPlot(curves).caption).to.match(/kept\.$/);
  });

  it('does not let a bad start flatten the rest', () => {
    const points = Array.from({ length: 50 }, (_, i) => ({
      step: i,
      train: i === 0 ? 1e9 : 1 / i,
      validation: 1 / (i + 1),
    }));
    const ticks = textsOf(curvesPlot([curve(points)]).wide, '[class="y-axis-tick-label"] text').map(Number);
    expect(Math.max(...ticks)).to.be.lessThan(2);
  });
});

import { expect } from 'chai';

import type { StudyView } from '../../src/automl/index.js';
import { studyText, summaryText } from '../../src/cli/summary.js';
import { displayWidth } from '../../src/cli/text.js';
import { makeStudy } from '../support/studies.js';
import { fakeOutput } from './support/terminal.js';

const FACTS = { folds: 5, holdoutRows: 161, trials: 14 };
const PIPE = fakeOutput();

/** A study with a leaderboard written by hand. */
function study(changes: Partial<StudyView['summary']> = {}): StudyView {
  const view = makeStudy();
  const entry = { predictMsPerRow: 0.1, settings: {} };
  const summary: StudyView['summary'] = {
    study: 'cars',
    task: 'regression',
    metric: 'rmse',
    direction: 'minimize',
    rows: 804,
    columns: 18,
    seed: 1,
    seconds: 41.2,
    best: 'ensemble',
    leaderboard: [
      {
        rank: 1,
        model: 'ensemble',
        family: 'ensemble',
        cv: 2018.4,
        cvStd: 129,
        holdout: 1954,
        trials: 12,
        fitSeconds: 56,
        parameters: 1146535,
        ...entry,
      },
      {
        rank: 2,
        model: 'lrnn-8',
        family: 'lrnn',
        cv: 2059,
        cvStd: 136,
        holdout: 1972,
        trials: 4,
        fitSeconds: 9.1,
        parameters: 101375,
        ...entry,
      },
      {
        rank: 3,
        model: 'dummy-4',
        family: 'dummy',
        cv: 9836,
        cvStd: 764,
        holdout: 9959,
        trials: 1,
        fitSeconds: 0.02,
        parameters: 5,
        ...entry,
      },
    ],
    model: 'reports/cars/model.safetensors',
    ...changes,
  };
  return { ...view, summary };
}

describe('summaryText', () => {
  it('says what the hold-out score is a score of where the model has seen the rows since', () => {
    const refitted = { model: 'ensemble', rows: 161, fits: 30, seconds: 9, kept: ['mlp-3'] };
    const text = summaryText(study({ refitted }).summary, FACTS, PIPE);
    expect(text).to.include(
      'It was then fitted again with the 161 held-out rows in its training (but not mlp-3): hold-out scores are of the models before that.',
    );
    expect(summaryText(study().summary, FACTS, PIPE)).not.to.include('fitted again');
    const inTime = (rows: number) => {
      const all = { ...refitted, kept: [], on: 'all' as const, rows };
      return summaryText(study({ refitted: all }).summary, FACTS, PIPE);
    };
    expect(inTime(161)).to.include('It was then fitted again on all 804 rows: hold-out scores are of the latest fold.');
    expect(inTime(0)).to.include('It was then fitted again on all 804 rows.\n');
  });

  it('is a leaderboard, the winner in a sentence, and what to do next', () => {
    expect(summaryText(study().summary, FACTS, PIPE)).to.equal(`\
  #  model     rmse, 5 folds  hold-out  fit time  trials  parameters
  1  ensemble    2,018 ± 129     1,954      56 s      12   1,146,535
  2  lrnn-8      2,059 ± 136     1,972     9.1 s       4     101,375
  3  dummy-4     9,836 ± 764     9,959     0.0 s       1           5

The best is the ensemble, with rmse 2,018 ± 129 over 5 folds, and with 1,954 on 161 rows that no choice has seen. Guessing scores 9,836.
14 trials in 41 s.

Model    reports/cars/model.safetensors
Look     lrnn serve reports
Predict  lrnn predict reports/cars new-rows.csv -o predictions.csv
`);
  });

  it('says where the held-out rows prefer another model than the folds', () => {
    const [best, second, dummy] = study().summary.leaderboard;
    const words = 'better on the folds, not on the held-out rows';
    const behind = { folds: null, holdout: { gain: -80, low: -200, high: 41 }, words };
    const text = (row: typeof second) => summaryText(study({ leaderboard: [best, row, dummy] }).summary, FACTS, PIPE);
    expect(text({ ...second, behind })).to.include(
      `Against lrnn-8 the best is ${words}: there lrnn-8 is ahead by 80 (95 %: -41 to 200).\n`,
    );
    expect(text({ ...second, behind: { ...behind, words: null } })).not.to.include('held-out rows:');
  });

  it('says what scores and models of a large table are based on', () => {
    const judged = { rows: 20_000, of: 160_000, holdout: 5_000 };
    const samples = [
      'scores over the folds are of 20000 of 160000 rows: a sample, the same for every model',
      'lrnn-8 trained on 5000 rows a fold, a sample of the 200000 of the table',
    ];
    const text = summaryText(study({ judged, samples }).summary, FACTS, PIPE);
    for (const sentence of samples) expect(text).to.include(`\nNote: ${sentence}.\n`);
    expect(text).to.include('with 1,954 on 5,000 rows that no choice has seen');
    expect(summaryText(study().summary, FACTS, PIPE)).not.to.include('sample');
  });

  it('leaves the last columns out on a narrow terminal, never the score', () => {
    const head = (columns: number): string =>
      summaryText(study().summary, FACTS, fakeOutput({ isTTY: true, columns })).split('\n')[0];
    expect(head(68)).to.match(/parameters$/);
    expect(head(60)).to.equal('  #  model     rmse, 5 folds  hold-out  fit time  trials');
    expect(head(40)).to.equal('  #  model     rmse, 5 folds  hold-out');
    expect(head(10)).to.equal('  #  model     rmse, 5 folds');
  });

  it('names no hold-out where there is none, and no spread of a single fold', () => {
    const [best] = study().summary.leaderboard;
    const { summary } = study({ leaderboard: [{ ...best, model: 'mlp-1', family: 'mlp', holdout: null, cvStd: NaN }] });
    const text = summaryText(summary, { ...FACTS, holdoutRows: 0 }, PIPE);
    expect(text).to.include('The best is mlp-1, with rmse 2,018 over 5 folds.\n').and.include('2,018 ± –         –');
  });

  it('does not call the dummy better than guessing', () => {
    const dummy = study().summary.leaderboard[2];
    expect(summaryText(study({ leaderboard: [dummy] }).summary, FACTS, PIPE)).not.to.include('Guessing');
  });

  it('quotes paths that a shell would take apart', () => {
    const text = summaryText(study({ model: 'my reports/a b/model.safetensors' }).summary, FACTS, PIPE);
    expect(text).to.include(`lrnn serve 'my reports'\n`).and.include(`lrnn predict 'my reports/a b' new-rows.csv`);
    expect(summaryText(study({ model: 'x/model.safetensors' }).summary, FACTS, PIPE)).to.include('lrnn serve .\n');
  });

  it('paints the winner on a terminal only', () => {
    expect(summaryText(study().summary, FACTS, fakeOutput({ isTTY: true, color: true }))).to.match(
      /\u001b\[32m  1  ensemble .*\u001b\[0m\n/,
    );
    expect(summaryText(study().summary, FACTS, PIPE)).not.to.include('\u001b');
  });

  it('aligns wide names and makes hostile ones harmless', () => {
    const [best, second] = study().summary.leaderboard;
    const leaderboard = [
      { ...best, model: '日本-🚗' },
      { ...second, model: '\u001b[2J' + 'x'.repeat(50) },
    ];
    const text = summaryText(study({ leaderboard, metric: '\u0007' }).summary, FACTS, PIPE);
    const [head, one, two] = text.split('\n').map(displayWidth);
    expect([one, two]).to.deep.equal([head, head]);
    expect(text).not.to.include('\u001b').and.not.include('\u0007');
    expect(text).to.include(`\\u001b[2J${'x'.repeat(14)}…  `);
  });
});

describe('studyText', () => {
  it('starts with what the study is, its warnings and its failed trials', () => {
    const view = study();
    const text = studyText({ ...view, trials: makeStudy({ trials: 11 }).trials }, PIPE);
    expect(text.split('\n')[0]).to.equal(
      'cars: regression by rmse (lower is better), 804 rows, 161 of them held out, 18 columns, 5 folds.',
    );
    expect(text).to.include(`Note: ${view.warnings[0]}.\n`);
    expect(text).to.match(/^Failed: [a-z]+-10: mlp\.fit: loss must stay finite, got NaN at step 120\.$/m);
    expect(text).to.include('11 trials in 41 s.').and.include('The best is the ensemble');
  });

  it('says that it was searched on a cluster, and how much each machine has fitted', () => {
    const text = (machines: StudyView['summary']['machines']): string =>
      studyText(study(machines ? { machines } : {}), PIPE);
    expect(text(undefined)).not.to.include('cluster');
    const one = { name: 'node-a', cores: 8, folds: 30, seconds: 61 };
    expect(text([one, { name: 'b\u001b[31m', cores: 1, folds: 1, seconds: 0.8 }])).to.include(
      '\nSearched on a cluster of 2 machines:\n  node-a (8 cores): 30 folds in 1m 01s\n  b\\u001b[31m (1 core): 1 fold in 0.8 s\n',
    );
    const many = Array.from({ length: 12 }, (_, i) => ({ ...one, name: `n${i}` }));
    expect(text(many)).to.include('\n  n9 (8 cores): 30 folds in 1m 01s\n  and 2 more: 60 folds\n');
  });

  it('says how to go on with a study that stopped', () => {
    const stopped = study({ model: null });
    const text = studyText({ ...stopped, status: 'interrupted', command: 'lrnn fit a.csv --target y --out r/a' }, PIPE);
    expect(text).to.include('It was interrupted; go on with:\n  lrnn fit a.csv --target y --out r/a --resume\n');
    expect(text).to.include('The model is not written yet.');
    expect(studyText({ ...stopped, status: 'failed' }, PIPE)).to.include('It stopped with an error; go on with:');
    expect(studyText({ ...stopped, status: 'running' }, PIPE)).to.include('It is still running.');
  });

  it('shows what other metrics say of the models, on a narrow terminal of the first ones', () => {
    const { leaderboard } = makeStudy().summary;
    const text = studyText(study({ leaderboard }), PIPE);
    const [head, ...lines] = text.slice(text.indexOf('mean over the folds')).split('\n\n')[0].split('\n');
    expect(head.trim().split(/  +/)).to.deep.equal(['mean over the folds', ...leaderboard.map(({ model }) => model)]);
    expect(lines.map((line) => line.trim().split('  ')[0])).to.deep.equal([
      'mae ↓',
      'medae ↓',
      'r2 ↑',
      'mape ↓',
      'rmsle ↓',
    ]);
    const narrow = studyText(study({ leaderboard }), { ...PIPE, isTTY: true, columns: 50 });
    expect(narrow).to.match(/mean over the folds +ensemble/);
    expect(narrow.split('\n').find((line) => line.includes('mean over the folds'))!.length).to.be.at.most(50);
    const old = leaderboard.map(({ metrics: _, ...entry }) => entry);
    expect(studyText(study({ leaderboard: old }), PIPE)).to.not.include('mean over the folds');
  });

  it('has no table before the first trial', () => {
    const text = studyText({ ...study({ leaderboard: [], best: null, model: null }), status: 'running' }, PIPE);
    expect(text).to.match(/\n\nNo trial has finished yet\.\n$/);
  });
});

import { expect } from 'chai';
import { parse } from 'csv-parse/sync';

import type { StudyView } from '../../src/automl/index.js';
import {
  foldsCsv,
  holdoutCsv,
  importancesCsv,
  leaderboardCsv,
  modelCard,
  outOfFoldCsv,
  plain,
  trialsCsv,
  usageSnippets,
  worstCsv,
} from '../../src/report/index.js';
import { makeExplanation, makeSample } from '../support/explanations.js';
import { HOSTILE, makeModel, makeStudy } from '../support/studies.js';

type Row = Readonly<Record<string, string>>;

const read = (text: string): Row[] => parse(text, { columns: true, record_delimiter: '\n' });

describe('tables to take away', () => {
  const study = makeStudy({ trials: 25, task: 'binary', rows: 900 });

  it('hold every number of the leaderboard in full', () => {
    const rows = read(leaderboardCsv(study));
    expect(rows).to.have.length(study.summary.leaderboard.length);
    rows.forEach((row, i) => {
      const entry = study.summary.leaderboard[i];
      expect(row.model).to.equal(entry.model);
      expect([row.rank, row.cv, row.cvStd, row.holdout].map(Number)).to.deep.equal([
        entry.rank,
        entry.cv,
        entry.cvStd,
        entry.holdout,
      ]);
      expect(Number(row['folds.accuracy'])).to.equal(entry.metrics!.folds.accuracy);
      expect(Number(row['holdout.accuracy'])).to.equal(entry.metrics!.holdout!.accuracy);
    });
    const lrnn = rows.find(({ family }) => family === 'lrnn')!;
    expect(lrnn['settings.first.projection']).to.equal('axis');
    expect(lrnn['settings.inputSkip']).to.equal('true');
  });

  it('hold every trial, those that failed, too, and every fold that was scored', () => {
    const trials = read(trialsCsv(study));
    expect(trials.map(({ model }) => model)).to.deep.equal(study.trials.map(({ model }) => model));
    const failed = trials.find(({ state }) => state === 'failed')!;
    expect([failed.cv, failed.error]).to.deep.equal(['', 'mlp.fit: loss must stay finite, got NaN at step 120.']);
    expect(trials[0].startedAt).to.equal('2026-11-24T09:30:00.000Z');
    const folds = read(foldsCsv(study));
    const scored = study.trials.flatMap(({ foldScores }) => foldScores.filter((score) => score !== null));
    expect(folds).to.have.length(scored.length + study.ensembleFoldScores.length);
    expect(folds.slice(0, scored.length).map(({ score }) => Number(score))).to.deep.equal(scored);
  });

  for (const task of ['regression', 'binary', 'multiclass'] as const) {
    it(`hold a line for each row that was predicted, in the order of the table (${task})`, () => {
      const own = makeStudy({ task, rows: 700 });
      const { model } = own.summary.leaderboard[1];
      const made = makeModel(own, model);
      // As folds leave them: in no order.
      const shuffled = { ...made, rows: made.rows.map((row) => (row * 37) % 700) };
      const rows = read(outOfFoldCsv(own, shuffled));
      expect(rows.map(({ row }) => Number(row))).to.deep.equal(Array.from({ length: 700 }, (_, i) => i + 1));
      const { classes } = own.schema.target;
      for (const [i, dataRow] of shuffled.rows.entries()) {
        if (i % 50 !== 0) continue;
        const found = rows[dataRow];
        const cells = shuffled.predictions.data.subarray(i * made.predictions.cols, (i + 1) * made.predictions.cols);
        expect(Number(found.fold), 'fold').to.equal(1 + made.starts!.findLastIndex((start) => start <= i));
        if (task === 'regression') {
          expect(Math.fround(Number(found.prediction))).to.equal(cells[0]);
          expect(Math.fround(Number(found.truth))).to.equal(made.y[i]);
        } else {
          expect(found.truth).to.equal(classes[made.y[i]]);
          expect(found.prediction).to.equal(classes[cells.indexOf(Math.max(...cells))]);
          classes.forEach((name, c) => expect(Math.fround(Number(found[`probability_${name}`]))).to.equal(cells[c]));
        }
      }
      expect(read(holdoutCsv(own, made)!)).to.have.length(own.holdoutRows);
      expect(holdoutCsv(own, { ...made, held: null })).to.equal(null);
    });
  }

  it('decide by the threshold of the model', () => {
    const made = makeModel(study, 'lrnn-2');
    const rows = read(outOfFoldCsv(study, { ...made, threshold: 0.9 }));
    expect(rows.every((row) => (row.prediction === 'good') === Number(row.probability_good) > 0.9)).to.equal(true);
  });

  it('hold the worst rows with all their cells, and importances with their errors', () => {
    const explanation = makeExplanation(study, 'lrnn-2');
    const worst = read(worstCsv(study, explanation));
    expect(worst.map(({ row }) => Number(row))).to.deep.equal(explanation.worst.map(({ row }) => row + 1));
    expect(worst[0]).to.include.keys('Make', 'Sold', 'Cylinder').and.not.to.include.keys('vin', 'Price');
    const columns = read(importancesCsv(explanation));
    expect(columns.map(({ importance }) => Number(importance))).to.deep.equal(
      explanation.importance.columns.map(({ mean }) => mean),
    );
  });

  it('leave no cell that a spreadsheet would compute, whatever columns, classes and errors are called', () => {
    const evil = '=cmd|calc';
    const own = makeStudy({ task: 'multiclass', rows: 600, classes: [evil, '+x', '@y', 'ok'] });
    const trials = own.trials.map((trial) => ({ ...trial, error: evil }));
    const study2: StudyView = { ...own, trials };
    const view = makeModel(study2, study2.trials[1].model);
    const explanation = makeExplanation(study2, view.entry.model);
    const columns = explanation.importance.columns.map((column) => ({ ...column, column: evil }));
    const texts = [
      trialsCsv(study2),
      leaderboardCsv(study2),
      outOfFoldCsv(study2, view),
      worstCsv(study2, explanation),
      importancesCsv({ ...explanation, importance: { ...explanation.importance, columns } }),
    ];
    for (const text of texts) {
      const lines: string[][] = parse(text, { record_delimiter: '\n' });
      const cells = lines.flat();
      const formulas = cells.filter((cell) => /^[=+\-@]/.test(cell) && !Number.isFinite(Number(cell)));
      expect(formulas).to.deep.equal([]);
    }
    expect(texts[0]).to.contain(`'${evil}`);
  });
});

describe('modelCard', () => {
  it('says what the model is for, of what it was made, what it is worth and how it is made again', () => {
    const study = makeStudy({ task: 'binary', rows: 3000 });
    const view = makeModel(study, 'ensemble');
    const card = modelCard({ study, view, name: 'credit', explanation: makeExplanation(study, 'ensemble') });
    const titles = [...card.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    expect(titles).to.include.members(['Intended use', 'Data', 'Metrics', 'What matters', 'Limits', 'Reproduction']);
    expect(card).to.contain(study.dataSha256).and.to.contain(study.command).and.to.contain('Seed 1');
    expect(card).to.contain(`${view.members.length === 3 ? view.members[0].model : ''} (55 %)`);
    for (const { name } of study.schema.columns) if (name !== 'Price') expect(card).to.contain(`| ${name} |`);
  });

  it('takes no name for markup', () => {
    const study = makeStudy({ hostile: true, task: 'binary', rows: 600 });
    const view = makeModel(study, 'lrnn-2');
    const card = modelCard({ study, view, name: HOSTILE, explanation: makeExplanation(study, 'lrnn-2') });
    const outside = card.replace(/```sh\n[\s\S]*?\n```/g, '').replace(/(`+) ?(?:(?!\1)[\s\S])*?\1/g, '');
    expect(outside).not.to.match(/(^|[^\\])<(img|script)/);
    expect(plain('a|b\n# c *d* [e](f)')).to.equal('a\\|b \\# c \\*d\\* \\[e\\](f)');
    for (const line of card.split('\n').filter((text) => text.startsWith('| '))) {
      expect(line.match(/(?<!\\)\|/g)!.length, line).to.be.oneOf([4, 5]);
    }
  });
});

describe('usageSnippets', () => {
  it('ask about a row of typical values by the names of the columns, whatever they are', () => {
    const study = makeStudy({ hostile: true });
    const snippets = usageSnippets({ schema: study.schema, sample: makeSample(study), fileName: 'cars-lrnn-2' });
    expect(snippets.map(({ id }) => id)).to.deep.equal(['cli', 'node', 'typescript', 'browser', 'python', 'http']);
    const page = snippets.find(({ id }) => id === 'browser')!.code;
    expect(page.match(/<\/script/g)).to.have.length(1);
  });

  it('have none in Python for a model that reads texts', () => {
    const { schema } = makeStudy();
    const columns = [...schema.columns, { ...schema.columns[2], name: 'note', kind: 'text' as const }];
    const snippets = usageSnippets({ schema: { ...schema, columns }, sample: null, fileName: 'm' });
    expect(snippets.map(({ id }) => id)).not.to.include('python');
  });
});

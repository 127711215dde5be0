import { expect } from 'chai';

import type { StudyView } from '../../src/automl/index.js';
import { countTrials } from '../../src/automl/index.js';
import { METRICS } from '../../src/evaluate/index.js';
import { dataPage, homePage, modelPage, searchForm, searchPage, studyPage } from '../../src/report/pages/view-model.js';
import { latestPhase, latestProgress, liveUpdate, progressWords } from '../../src/report/words/live.js';
import { studySentences } from '../../src/report/words/sentences.js';
import { makeDataReport } from '../support/explanations.js';
import { makeEvents, makeModel, makeStudy, withBehind } from '../support/studies.js';

function pageOf(view: StudyView) {
  const events = makeEvents(view).map((event, i) => ({ id: i + 1, event }));
  return studyPage(view, { name: 'my study', events });
}

/** A study whose leaderboard is made of the given fold scores, one model per family. */
function studyWith(scores: Readonly<Record<string, readonly number[]>>, direction: 'minimize' | 'maximize'): StudyView {
  const view = makeStudy();
  const models = Object.keys(scores);
  const trials = models.map((model, i) => ({ ...view.trials[i], model, foldScores: scores[model] }));
  const rows = models.map((model, i) => ({
    ...view.summary.leaderboard[0],
    rank: i + 1,
    model,
    family: model.split('-')[0] as 'lrnn',
    cv: scores[model].reduce((sum, score) => sum + score, 0) / scores[model].length,
    cvStd: 0.01,
    holdout: null,
  }));
  const leaderboard = withBehind(rows, { ...METRICS.auc, direction }, scores);
  return { ...view, trials, summary: { ...view.summary, metric: 'auc', direction, leaderboard } };
}

describe('studyPage', () => {
  const view = makeStudy();
  const page = pageOf(view);

  it('shows every row of the leaderboard with the numbers of the study', () => {
    const official = page.leaderboard.filter(({ rank }) => rank !== null);
    expect(official.map(({ rank, model }) => [rank, model])).to.deep.equal(
      view.summary.leaderboard.map(({ rank, model }) => [rank, model]),
    );
    for (const [i, row] of official.entries()) {
      const entry = view.summary.leaderboard[i];
      expect(Number(row.score.replaceAll(',', ''))).to.be.closeTo(entry.cv, 0.5);
      expect(Number(row.spread.replaceAll(',', ''))).to.be.closeTo(entry.cvStd, 0.5);
      expect(Number(row.holdout.replaceAll(',', ''))).to.be.closeTo(entry.holdout!, 0.5);
      expect(row.href).to.equal(`/studies/my%20study/models/${entry.model}`);
    }
    expect(page.leaderboard.filter(({ isBest }) => isBest).map(({ rank }) => rank)).to.deep.equal([1]);
  });

  it('shows every trial, and links to those with predictions only', () => {
    const trials = searchPage(view, 'my study').trials.rows;
    expect(trials.map(({ number }) => number)).to.deep.equal(view.trials.map(({ number }) => number));
    const failed = trials.filter(({ href }) => href === null);
    expect(failed.map(({ state, score, error }) => [state, score, error])).to.deep.equal([
      ['failed', '–', 'mlp.fit: loss must stay finite, got NaN at step 120.'],
    ]);
  });

  it('shows every column with kind, reason, gaps and relation to the target, the target first', () => {
    const report = makeDataReport(view);
    const { columns } = dataPage(view, report, 'my study');
    expect(columns[0]).to.deep.include({
      name: 'Price',
      kind: 'target',
      reason: 'regression: 798 distinct numbers',
    });
    expect(columns).to.have.length(view.schema.columns.length);
    const { strength } = report.columns[0].relation!;
    expect(columns[1]).to.deep.include({ name: 'Mileage', missing: '1.5 %', distinct: '791' });
    expect(columns[1].relationPercent).to.equal(Math.round(100 * strength));
  });

  it('shows the weights of the ensemble as its settings', () => {
    const best = page.leaderboard.find(({ isBest }) => isBest)!;
    expect(best.settings.map(({ key }) => key)).to.deep.equal(view.ensemble.map(({ model }) => model));
    expect(best.settings.map(({ value }) => value)).to.deep.equal(['55 %', '30 %', '15 %']);
  });

  it('shows the weights of a stack as factors, which are no shares', () => {
    const stacked = pageOf({ ...view, isStacked: true });
    const best = stacked.leaderboard.find(({ isBest }) => isBest)!;
    expect(best.settings.map(({ value }) => value)).to.deep.equal(['× 0.55', '× 0.30', '× 0.15']);
    const figure = stacked.figures.find(({ id }) => id === 'weights')!;
    expect(figure.caption).to.match(/^Stacked: /);
    expect(figure.table!.rows[0][1]).to.equal('× 0.55');
    const model = modelPage(view, { ...makeModel(view, 'ensemble'), isStacked: true }, 'cars');
    expect([model.membersTitle, model.members[0].weight]).to.deep.equal(['Stacked members', '× 0.55']);
    const plain = modelPage(view, makeModel(view, 'ensemble'), 'cars');
    expect([plain.membersTitle, plain.members[0].weight]).to.deep.equal(['Members', '55 %']);
  });

  it('says how to reproduce the run', () => {
    expect(page.command).to.equal(view.command);
    expect(page.reproduce.map(({ value }) => value).join(' ')).to.contain(view.dataSha256);
  });

  it('follows a running study from the last event it has shown, and offers no download yet', () => {
    const running = pageOf(makeStudy({ status: 'running', trials: 7 }));
    expect(running.live.isRunning).to.be.true;
    expect(running.live.events).to.equal(`/studies/my%20study/events?after=${running.live.log.at(-1)!.id}`);
    expect(running.live.progress).to.include({ done: '6 of 7 trials', left: '6.0 s' });
    expect(running.links.download).to.be.null;
  });

  it('shows an empty study, and one where everything failed', () => {
    const empty: StudyView = { ...view, status: 'running', trials: [], ensemble: [] };
    const page0 = pageOf({ ...empty, summary: { ...view.summary, leaderboard: [], best: null } });
    expect([page0.leaderboard, page0.figures]).to.deep.equal([[], []]);
    expect(page0.sentences).to.deep.equal(['The first scores are on their way.']);
    const trials = view.trials.map((trial) => ({ ...trial, state: 'failed' as const, cv: null, cvStd: null }));
    const lost = pageOf({
      ...empty,
      status: 'failed',
      trials,
      summary: { ...view.summary, leaderboard: [], best: null },
    });
    expect(lost.sentences).to.deep.equal(['No trial has a score: 14 trials failed.']);
    expect(lost.notice?.tone).to.equal('bad');
  });

  it('tells how an interrupted study goes on', () => {
    const { notice, links } = pageOf(makeStudy({ status: 'interrupted' }));
    expect([links.download, links.tryIt], 'the best so far can be used').to.satisfy((all: (string | null)[]) =>
      all.every((link) => link?.startsWith('/studies/my%20study/models/')),
    );
    expect(links.report).to.equal(null);
    expect(notice?.text).to.contain('Go on with: lrnn fit').and.to.contain('--resume');
  });

  it('draws a study of 500 trials', () => {
    const big = makeStudy({ trials: 500 });
    expect(searchPage(big, 's', { trials: 'all' }).trials.rows).to.have.length(500);
    const { rows, hidden } = searchPage(big, 's').trials;
    expect([rows.length, hidden]).to.deep.equal([100, 400]);
    expect(pageOf(big).figures.map(({ id }) => id)).to.include('pareto-size');
  });
});

describe('studySentences', () => {
  it('says what intervals are worth, and nothing where the study does not', () => {
    for (const [task, words] of [
      [
        'regression',
        /^Its 90 % intervals, 5[.\d]* wide in the mean, hold 91 % of 800 rows that they were not learned from\.$/,
      ],
      [
        'binary',
        /^Its 90 % sets, of 5\.00 classes in the mean, hold 91 % of 800 rows that they were not learned from\.$/,
      ],
    ] as const) {
      const view = makeStudy({ task });
      const coverage = { model: 'm', level: 0.9, share: 0.912, size: 5, rows: 800 };
      const said = studySentences({ ...view, summary: { ...view.summary, coverage } });
      expect(
        said.filter((text) => words.test(text)),
        said.join(' '),
      ).to.have.length(1);
      expect(studySentences(view).join(' ')).to.not.include('not learned from');
    }
  });

  const folds = [0.1, 0.2, 0.3, 0.4, 0.5];

  it('calls a difference clear only when the folds agree on it', () => {
    const view = studyWith(
      {
        'lrnn-1': folds.map((v) => 0.5 + v),
        'mlp-2': folds.map((v, i) => 0.48 + v + 0.0001 * i),
        'xgboost-3': folds.map((v, i) => 0.5 + v + (i % 2 ? 0.3 : -0.21)),
      },
      'maximize',
    );
    const [lead, ...rest] = studySentences(view);
    expect(lead).to.equal('LRNN leads with AUC 0.8000 ± 0.0100 over 5 folds.');
    expect(rest).to.deep.equal([
      'It is clearly better than MLP (AUC higher by 0.0198 ± 0.0003).',
      'The folds cannot tell it apart from XGBoost (AUC higher by 0.0060 ± 0.5203).',
    ]);
  });

  it('says where the held-out rows prefer another model than the folds, and by how much', () => {
    const view = studyWith(
      { 'lrnn-1': folds.map((v) => 0.5 + v), 'mlp-2': folds.map((v, i) => 0.48 + v + 0.0001 * i) },
      'maximize',
    );
    const [first, second] = view.summary.leaderboard;
    const words = 'better on the folds, not on the held-out rows';
    const behind = { ...second.behind!, holdout: { gain: -0.02, low: -0.05, high: 0.01 }, words };
    const told = { ...view, summary: { ...view.summary, leaderboard: [first, { ...second, behind }] } };
    expect(studySentences(told).at(-1)).to.equal(
      `Against MLP it is ${words}: there that one is ahead by 0.0200 (95 %: −0.0100 to 0.0500).`,
    );
    expect(studySentences(view).join(' ')).not.to.include('held-out');
  });

  it('claims no more than a lead when there are no folds to compare', () => {
    const view = studyWith({ 'lrnn-1': [2], 'mlp-2': [4] }, 'minimize');
    expect(studySentences(view).at(-1)).to.equal('It is ahead of MLP (AUC lower by 2.0000).');
  });

  it('says so when the ensemble is the best model alone', () => {
    const view = studyWith({ 'lrnn-1': [2], 'mlp-2': [4] }, 'minimize');
    const alone = { ...view, ensemble: [{ model: 'lrnn-1', family: 'lrnn' as const, weight: 1 }] };
    expect(studySentences(alone).slice(1)).to.deep.equal([
      'No mixture of models was better.',
      'It is ahead of MLP (AUC lower by 2.0000).',
    ]);
    const stacked = studySentences({ ...alone, isStacked: true });
    expect(stacked.join(' ')).not.to.include('No mixture');
  });

  it('says why the ensemble is taken though a single model scores better', () => {
    const view = studyWith({ ensemble: [0.8, 0.9], 'lrnn-1': [0.81, 0.91] }, 'maximize');
    const [first, second] = view.summary.leaderboard;
    const leaderboard = [{ ...first, corrected: 0.83 }, second];
    expect(studySentences({ ...view, summary: { ...view.summary, leaderboard } }).slice(0, 2)).to.deep.equal([
      'The ensemble leads with AUC 0.8500 ± 0.0100 over 5 folds (0.8300 corrected for having been chosen).',
      'LRNN scores better by 0.0100, but on the folds that it was chosen by: single models that are chosen on the other folds are not clearly better than the ensemble.',
    ]);
  });

  it('does not compare with the dummy and says nothing of an only model', () => {
    const view = studyWith({ 'lrnn-1': [0.9, 0.9], 'dummy-0': [0.5, 0.5] }, 'maximize');
    expect(studySentences(view)).to.have.length(1);
  });
});

describe('modelPage', () => {
  it('has the figures of its task', () => {
    const ids = (task: 'regression' | 'binary' | 'multiclass', name: string): string[] => {
      const study = makeStudy({ task });
      return modelPage(study, makeModel(study, name), 's').figures.map(({ id }) => id);
    };
    expect(ids('regression', 'lrnn-2')).to.deep.equal(['predicted', 'residuals', 'deciles', 'curves', 'folds']);
    expect(ids('binary', 'lrnn-2')).to.deep.equal([
      'confusion',
      'roc',
      'precision-recall',
      'calibration',
      'gain',
      'curves',
      'folds',
    ]);
    expect(ids('multiclass', 'dummy-0')).to.deep.equal(['confusion', 'roc', 'calibration', 'folds']);
    expect(ids('regression', 'ensemble')).to.deep.equal(['predicted', 'residuals', 'deciles', 'folds']);
  });

  it('names a file that shells and headers can carry', () => {
    const study = makeStudy();
    const page = modelPage(study, makeModel(study, 'lrnn-2'), 'Größe "x"; rm -rf /');
    expect(page.fileName).to.equal('Größe-x-rm--rf--lrnn-2.safetensors');
    expect(page.usage[0].code).to.equal(`lrnn predict '${page.fileName}' rows.csv -o predictions.csv`);
    expect(page.download).to.equal(`/studies/${encodeURIComponent('Größe "x"; rm -rf /')}/models/lrnn-2/download`);
  });

  it('says which models have the held-out rows among their training rows', () => {
    const made = makeStudy();
    const said = (model: string, kept: readonly string[] = []) => {
      const refitted = { model: 'ensemble', rows: 161, fits: 20, seconds: 9, kept };
      const study = { ...made, summary: { ...made.summary, refitted } };
      return modelPage(study, makeModel(study, model), 's').rowsSeen;
    };
    const [member, second] = made.ensemble.map(({ model }) => model);
    const outsider = made.trials.find(
      ({ model, state }) => state === 'complete' && !made.ensemble.some((own) => own.model === model),
    )!.model;
    expect(said('ensemble')).to.match(/^It was fitted again with the 161 held-out rows among its training rows, when/);
    expect(said('ensemble', [second])).to.include(`but for ${second}`);
    expect(said(member)).to.match(/^It was fitted again/);
    expect(said(second, [second])).to.equal(said(outsider));
    expect(said(outsider)).to.equal(
      'It was fitted without the 161 held-out rows: those were given back to ensemble alone.',
    );
    expect(modelPage(made, makeModel(made, member), 's').rowsSeen).to.equal(null);
  });

  it('shows a model that is not on the leaderboard without rank and hold-out', () => {
    const study = makeStudy();
    const page = modelPage(study, makeModel(study, 'lrnn-2'), 's');
    expect(page.facts.map(({ label }) => label)).not.to.include.members(['Rank', 'Hold-out']);
  });
});

describe('what the hold-out score is a score of', () => {
  it('is said on the page of the study where rows were given back, and only there', () => {
    const made = makeStudy();
    const refitted = { model: 'ensemble', rows: 161, fits: 20, seconds: 9, kept: [] };
    const said = studySentences({ ...made, summary: { ...made.summary, refitted } }).join(' ');
    expect(said).to.include(
      'Then ensemble was fitted again with the 161 held-out rows; hold-out scores are of the models before that.',
    );
    expect(studySentences(made).join(' ')).not.to.include('again');
    const all = { ...refitted, on: 'all' as const };
    const inTime = { ...made, summary: { ...made.summary, refitted: all } };
    expect(studySentences(inTime).join(' ')).to.include(
      'Then ensemble was fitted again on all 804 rows; hold-out scores are of the models of the latest fold.',
    );
    expect(modelPage(inTime, makeModel(inTime, 'ensemble'), 's').rowsSeen).to.equal(
      'It was fitted again on all 804 rows, for as long as the latest folds took.',
    );
  });
});

describe('what a model of a large table has seen', () => {
  it('is said on its page: fits on all rows, and members as the search fitted them', () => {
    const made = makeStudy();
    const [{ model: member }, { model: second }] = made.ensemble;
    const members = [member, second].map((model, i) => ({
      model,
      family: 'lrnn' as const,
      weight: 0.5,
      isFitted: i === 0,
    }));
    const once = { members, trainRows: 600, stopRows: 80, judgeRows: 80, before: 0.4, score: 0.3, isTaken: true };
    const refitted = { model: 'ensemble', on: 'once' as const, rows: 161, fits: 1, seconds: 9, kept: [second], once };
    const study = { ...made, summary: { ...made.summary, refitted } };
    const said = (model: string) => modelPage(study, makeModel(study, model), 's').rowsSeen;
    expect(said('ensemble')).to.equal(
      `It is made of ${member}, fitted once on 600 rows, and ${second} as the search fitted it.`,
    );
    expect(said(member)).to.equal('It is as the search fitted it: fits on all rows are a part of ensemble alone.');
    expect(studySentences(study).join(' ')).not.to.include('again');
  });
});

describe('what a large table is judged on', () => {
  const made = makeStudy();
  const samples = ['scores over the folds are of 2000 of 16000 rows: a sample, the same for every model'];
  const judged = { rows: 2000, of: 16_000, holdout: 150 };

  it('is said on the page of the study, with the rows that the hold-out score is a score of', () => {
    const said = studySentences({ ...made, summary: { ...made.summary, samples, judged } });
    expect(said).to.include('Scores over the folds are of 2000 of 16000 rows: a sample, the same for every model.');
    expect(said[0]).to.match(/ on 150 held-out rows\.$/);
    expect(studySentences(made).join(' ')).not.to.include('sample');
  });

  it('is said on the page of a model whose folds trained on samples', () => {
    const model = makeModel(made, 'lrnn-2');
    const note = 'each fold trained on a sample of 500 rows';
    expect(modelPage(made, { ...model, notes: [note] }, 's').notes).to.include(note);
  });
});

describe('homePage', () => {
  it('shows each study with its best model, and one without any score', () => {
    const { summary, trials, folds } = makeStudy({ task: 'binary' });
    const { ended } = countTrials(trials);
    const entry = { name: 'a b', status: 'complete' as const, createdAt: 0, summary, trials: ended, folds };
    const young = { ...entry, trials: 0, summary: { ...summary, leaderboard: [], best: null } };
    const { studies } = homePage(
      [{ ...entry, isOverCluster: true }, young],
      'reports',
      searchForm({ maxUploadBytes: 1024 ** 2, place: null }),
    );
    expect(studies.map(({ place }) => place)).to.deep.equal(['on a cluster', '']);
    expect(studies[0]).to.deep.include({ href: '/studies/a%20b', trials: `${ended} trials`, size: '804 × 7' });
    expect(studies[0].score).to.match(/^0\.\d{4} ± 0\.\d{4}$/);
    expect(studies[1]).to.deep.include({ best: null, score: '', trials: '0 trials' });
  });

  it('marks a study that cannot be read, and says nothing else of it', () => {
    const damaged = { name: 'c', status: 'damaged' as const, createdAt: 0, summary: null };
    const [card] = homePage([damaged], 'reports', searchForm({ maxUploadBytes: 1024 ** 2, place: null })).studies;
    expect(card).to.deep.include({ href: '/studies/c', metric: null, best: null, task: '' });
    expect(card.status).to.deep.equal({ word: 'damaged', label: 'Damaged', tone: 'bad' });
  });
});

describe('liveUpdate', () => {
  const view = makeStudy({ status: 'complete' });
  const updates = makeEvents(view).map(liveUpdate);

  it('puts every kind of event into words', () => {
    const texts = updates.map(({ text }) => text);
    expect(texts[0]).to.equal('Reading the file');
    expect(texts[1]).to.equal('Started: 804 rows, 7 columns, 5 folds, 161 rows held out');
    expect(texts).to.include('dummy-0 started');
    expect(texts.some((text) => /^dummy-0, fold 1 of 5: [\d,]+$/.test(text))).to.be.true;
    expect(texts.some((text) => /^lrnn-2 finished: [\d,]+ ± \d+$/.test(text))).to.be.true;
    expect(texts).to.include('xgboost-10 failed: mlp.fit: loss must stay finite, got NaN at step 120.');
    expect(texts.at(-1)).to.equal('Finished; ensemble is the best');
  });

  it('knows the last event, and which ones change the page', () => {
    expect(updates.filter(({ isLast }) => isLast)).to.have.length(1);
    expect(updates.filter(({ type, changesPage }) => changesPage && type === 'fold')).to.be.empty;
    expect(updates.find(({ type }) => type === 'trial')?.changesPage).to.be.true;
  });

  it('shows what each worker is at, and keeps the start of a fold out of the log', () => {
    const begun = updates.filter(({ type }) => type === 'fold-started');
    expect(begun[1].progress).to.deep.include({
      workers: '1 of 2 busy',
      fits: [{ chip: { family: 'dummy', label: 'Dummy' }, text: 'dummy-0, fold 2' }],
    });
    expect(begun.some(({ isLogged }) => isLogged)).to.be.false;
    const fits = [0, 1, 2].map((fold) => ({ model: 'mlp-4', family: 'mlp' as const, fold, startedAt: 0 }));
    const progress = { finishedTrials: 3, plannedTrials: 12, elapsedSeconds: 30, secondsLeft: 10, best: null };
    expect(progressWords({ ...progress, workers: { count: 2, fits } }).workers).to.equal('3 fits at once');
  });

  it('shows no worker at work once the search is over', () => {
    const events = makeEvents(makeStudy({ status: 'running', trials: 3 })).map((event, i) => ({ id: i + 1, event }));
    const upTo = events.slice(0, 1 + events.findIndex(({ event }) => event.type === 'fold-started'));
    expect(latestProgress(upTo)?.fits).to.have.length(1);
    const later = { id: 99, event: { type: 'phase', phase: 'ensembling' } as const };
    expect(latestProgress([...upTo, later])?.fits).to.be.empty;
  });

  it('counts the fits after the search, and logs each model once', () => {
    const refit = { type: 'refit', model: 'lrnn-2', seconds: 1, error: null, done: 3, total: 5 } as const;
    const half = liveUpdate({ ...refit, isWhole: false });
    expect(half).to.include({ phase: 'Fitting the best model again, with more rows: 3 of 5', isLogged: false });
    const whole = liveUpdate({ ...refit, done: 5, isWhole: true });
    expect(whole).to.include({
      text: 'lrnn-2 fitted again with more rows, 5 of 5 fits',
      isLogged: true,
      tone: 'good',
    });
    expect(liveUpdate({ ...refit, error: 'no memory', isWhole: false })).to.include({ isLogged: true, tone: 'warn' });
    expect(
      latestPhase([
        { type: 'phase', phase: 'refitting' },
        { ...refit, isWhole: false },
      ]),
    ).to.equal(half.phase);
    expect(updates.find(({ type }) => type === 'fold')!.phase).to.equal(null);
  });

  it('moves the bar by time where it is known, else by trials, and never beyond its ends', () => {
    const progress = { finishedTrials: 3, plannedTrials: 12, elapsedSeconds: 30, secondsLeft: 10, best: null };
    expect(progressWords(progress)).to.deep.equal({
      percent: 75,
      done: '3 of 12 trials',
      best: '–',
      elapsed: '30 s',
      left: '10 s',
      workers: '–',
      fits: [],
    });
    expect(progressWords({ ...progress, secondsLeft: null }).percent).to.equal(25);
    expect(progressWords({ ...progress, secondsLeft: null, plannedTrials: null }).percent).to.be.null;
    expect(progressWords({ ...progress, finishedTrials: 99, secondsLeft: null }).percent).to.equal(100);
    expect(progressWords({ ...progress, elapsedSeconds: 0, secondsLeft: 0 }).percent).to.equal(0);
  });
});

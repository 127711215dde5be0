/** @file What each command prints, and where. */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import type { StudySummary } from '../../src/automl/index.js';
import type { Workspace } from './support/lrnn.js';
import {
  DATASETS,
  expectDone,
  expectRefusal,
  lrnn,
  MAIN,
  makeWorkspace,
  ROOT,
  start,
  startProgram,
  summaryOf,
  words,
} from './support/lrnn.js';
import { fruitCsv } from './support/tables.js';

const FIT = words('fit fruit.csv --target grade --trials 4 --seed 1 --models linear,dummy,xgboost,ensemble');

/** Keys of the object of `--json`, in the words that other programs depend on. */
const SUMMARY_KEYS = words(
  'study task metric direction positive rows columns seed seconds best leaderboard comparisons notice warnings findings refitted coverage model',
);
const ENTRY_KEYS = words(
  'rank model family cv cvStd corrected holdout holdoutInterval metrics trials fitSeconds predictMsPerRow parameters settings behind',
);

describe('the output of', () => {
  let space: Workspace;
  before(() => {
    space = makeWorkspace();
    space.file('fruit.csv', fruitCsv(80));
  });
  after(() => space.remove());
  const here = (): { cwd: string } => ({ cwd: space.path });

  it('lrnn --version is the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(await lrnn(['--version'])).to.deep.equal({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' });
  });

  it('lrnn alone is the help, with exit code 2', async () => {
    const { code, stdout, stderr } = await lrnn([]);
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.include('Usage: lrnn <command> [options]');
  });

  it('the program itself is runnable: it has a first line and the right to run', async () => {
    const { code, stdout } = await startProgram(MAIN, ['--help']).done;
    expect(code).to.equal(0);
    expect(stdout).to.include('Usage: lrnn');
    expect(statSync(MAIN).mode & 0o111).to.equal(0o111);
  });

  it('fit --dry-run is what was understood of the file, and no study', async () => {
    const line = ['fit', join(DATASETS, 'penguins.csv'), '--target', 'species', '--dry-run'];
    const { code, stdout, stderr } = await lrnn([...line, '--types', 'year=categorical', '--ignore', 'sex'], here());
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout).to.include('344 rows, 8 columns, separated by commas, utf-8.');
    expect(stdout).to.include('To predict: species, one of Adelie, Chinstrap, Gentoo (multiclass, ranked by logloss).');
    expect(stdout).to.match(/^ {2}species +target +0 +3 /m);
    expect(stdout).to.match(/^ {2}bill_length_mm +numeric +2 +164 +39\.1, 39\.5, 40\.3 +numbers from 32\.1 to 59\.6/m);
    expect(stdout).to.match(/^ {2}year +categorical .* you said categorical/m);
    expect(stdout).to.match(/^ {2}sex +ignored .* you said so/m);
    expect(stdout).to.include('Nothing was fitted.');
    expect(existsSync(space.join('reports'))).to.equal(false);
  });

  it('fit --dry-run --json is one object', async () => {
    const line = ['fit', join(DATASETS, 'car-prices.csv'), '--target', 'Price', '--dry-run', '--json'];
    const { code, stdout } = await lrnn(line, here());
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ target: 'Price', task: 'regression', metric: 'rmse', rows: 804 });
  });

  describe('fit', () => {
    let piped: Awaited<ReturnType<typeof lrnn>>;
    before(async () => (piped = await lrnn(FIT, here())));

    it('in a pipe is plain lines: the start, each trial, the leaderboard, what comes next', () => {
      expectDone(piped);
      const { stdout, stderr } = piped;
      expect(stderr).to.equal('');

      expect(stdout).not.to.match(/[\r\u001b]/);
      const lines = stdout.split('\n');
      expect(lines[0]).to.equal('fruit: binary by auc (higher is better), 80 rows, 4 columns, 5 folds.');
      expect(lines.slice(1, 5).map((line) => line.slice(0, 4))).to.deep.equal(['1/4 ', '2/4 ', '3/4 ', '4/4 ']);
      expect(lines[6]).to.match(/^ {2}# {2}model +auc, 5 folds +corrected +hold-out +fit time +trials +parameters$/);
      expect(stdout).to.match(
        /^The best is .*, with auc 0\.\d+ ± 0\.\d+ over 5 folds \(0\.\d+ corrected for having been chosen\)\. Guessing scores 0\.50+\.$/m,
      );
      expect(stdout).to.match(/^4 trials in [\d.]+ s\.$/m);
      expect(
        stdout.endsWith(`\
Model    reports/fruit/model.safetensors
Look     lrnn serve reports
Predict  lrnn predict reports/fruit new-rows.csv -o predictions.csv
`),
      ).to.equal(true);
    });

    it('lies in reports/<name of the file> unless --out says otherwise', () => {
      for (const file of ['study.sqlite', 'model.safetensors']) {
        expect(existsSync(space.join('reports/fruit', file)), file).to.equal(true);
      }
    });

    it('with --json is one object in the words of the contract, and nothing else', async () => {
      const outcome = await lrnn([...FIT, '--json', '--out', 'reports/other'], here());
      const summary = summaryOf(outcome);
      expect(outcome.stderr).to.equal('');
      expect(Object.keys(summary)).to.deep.equal(SUMMARY_KEYS);
      const { leaderboard, seconds, notice, refitted, coverage, ...rest } = summary;
      expect(rest).to.deep.equal({
        study: 'other',
        task: 'binary',
        metric: 'auc',
        direction: 'maximize',
        positive: { name: 'sweet', reason: 'the rarer of the two, in 36 of 80 rows' },
        rows: 80,
        columns: 4,
        seed: 1,
        best: leaderboard[0].model,
        comparisons: [],
        warnings: [],
        findings: [],
        model: 'reports/other/model.safetensors',
      });
      expect(refitted === null || refitted!.seconds >= 0).to.equal(true);
      expect(notice === null || notice!.includes('not distinguishable')).to.equal(true);
      expect(coverage).to.include({ model: leaderboard[0].model, level: 0.9 });
      expect(coverage!.share).to.be.within(0, 1);
      expect(seconds).to.be.above(0);
      // An ensemble of one member has no row of its own.
      const families = leaderboard.map(({ family }) => family).filter((family) => family !== 'ensemble');
      expect(families).to.have.members(words('linear dummy xgboost'));
      leaderboard.forEach((entry, i) => {
        expect(Object.keys(entry)).to.deep.equal(ENTRY_KEYS);
        expect(entry.rank).to.equal(i + 1);
        expect(entry.cv).to.be.within(0, 1);
        expect(entry.corrected).to.be.at.most(entry.cv);
        // The ensemble may score better than the winner by less than the folds can tell.
        if (i > 1) expect(entry.cv).to.be.at.most(leaderboard[i - 1].cv);
      });
    });

    it('with --quiet is nothing', async () => {
      const outcome = await lrnn([...FIT, '--quiet', '--out', 'reports/quiet'], here());
      expect(outcome).to.deep.equal({ code: 0, signal: null, stdout: '', stderr: '' });
      expect(existsSync(space.join('reports/quiet/model.safetensors'))).to.equal(true);
    });

    it('on a terminal is a line that is drawn again, then the leaderboard in colour', async function () {
      if (!existsSync('/usr/bin/script')) this.skip();
      const line = [process.execPath, MAIN, ...FIT, '--out', 'reports/tty'].join(' ');
      const env = { TERM: 'xterm-256color', NO_COLOR: '' };
      const { stdout } = await startProgram('script', ['-qec', `stty cols 90; ${line}`, '/dev/null'], {
        ...here(),
        env,
      }).done;
      expect(stdout).to.match(/\r\u001b\[2K\u001b\[32m[█▏▎▍▌▋▊▉░]+\u001b\[0m \d\/4 trials · best auc 0\.\d+/);
      expect(stdout).to.match(/\u001b\[1m {2}# {2}model/);
      expect(stdout).to.include('The best is');
    });

    it('survives a reader that goes away', async () => {
      const line = `"${process.execPath}" "${MAIN}" ${FIT.join(' ')} --out reports/epipe | head -1`;
      const outcome = await startProgram('bash', ['-c', `set -o pipefail; ${line}`], here()).done;
      expect(outcome.stderr).to.equal('');
      expect(outcome.code).to.equal(0);
      expect(existsSync(space.join('reports/epipe/model.safetensors'))).to.equal(true);
    });

    it('says that the disk is full, and ends with 5', async function () {
      if (!existsSync('/dev/full')) this.skip();
      const line = `"${process.execPath}" "${MAIN}" show reports/fruit > /dev/full`;
      const outcome = await startProgram('bash', ['-c', line], here()).done;
      expectRefusal(outcome, 5, /the disk must have room/);
    });

    it('show is the same leaderboard, as text and as JSON', async () => {
      const shown = await lrnn(words('show reports/fruit'), here());
      expectDone(shown);
      const fitted = piped.stdout.slice(piped.stdout.indexOf('  #  model'));
      const end = fitted.indexOf('\n\n');
      expect(shown.stdout).to.include(fitted.slice(0, end));
      expect(shown.stdout).to.include(fitted.slice(end));
      expect(shown.stdout).to.match(/\n *mean over the folds +[a-z].*\n(?:.*\n)* *logloss ↓ +[0-9]/);
      const summary = summaryOf(await lrnn(words('show reports/fruit --json'), here()));
      expect(Object.keys(summary)).to.deep.equal(SUMMARY_KEYS);
      expect(summary).to.include({ study: 'fruit', model: 'reports/fruit/model.safetensors' });
    });

    it('export writes any model into a file that predict takes', async () => {
      const summary: StudySummary = summaryOf(await lrnn(words('show reports/fruit --json'), here()));
      for (const { model } of summary.leaderboard) {
        const file = `${model}-copy.safetensors`;
        const outcome = await lrnn(
          [...words('export reports/fruit --format safetensors --model'), model, '-o', file],
          here(),
        );
        expect(outcome).to.deep.equal({ code: 0, signal: null, stdout: `Wrote ${file}\n`, stderr: '' });
        const predicted = await lrnn(['predict', file, 'fruit.csv'], here());
        expectDone(predicted);
        expect(predicted.stdout.trimEnd().split('\n')).to.have.length(81);
      }
    });

    it('export takes the best model into the study folder when nothing else is said', async () => {
      const { stdout } = await lrnn(words('export reports/fruit --format safetensors'), here());
      const file = /^Wrote (.*)\n$/.exec(stdout)![1];
      expect(existsSync(space.join(file))).to.equal(true);
    });

    it('serve is the address; it answers, and ends at Ctrl-C with 0', async () => {
      const server = start(words('serve reports --port 0'), here());
      const [, url] = await server.until(/at (http:\S+)/);
      const response = await fetch(url);
      expect(response.status).to.equal(200);
      expect(await response.text()).to.include('fruit');
      // Twice at once: npx and npm pass on the Ctrl-C that the terminal has already given.
      server.child.kill('SIGINT');
      setTimeout(() => server.child.kill('SIGINT'), 5);
      const { code, stdout, stderr } = await server.done;
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout).to.equal(`Leaderboards of reports at ${url} (Ctrl-C stops)\n`);
    });
  });

  it('doctor is what is here, with the version and the engines', async () => {
    const { code, stdout, stderr } = await lrnn(['doctor']);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout)
      .to.match(/^ {2}engine wasm +yes/m)
      .and.include(process.version);
  });
});

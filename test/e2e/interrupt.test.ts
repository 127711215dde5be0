/** @file Stopping a run, at any instant, and going on: the same leaderboard as if nothing had happened. */

import { expect } from 'chai';

import type { StudySummary } from '../../src/automl/index.js';
import type { Running, Workspace } from './support/lrnn.js';
import { lrnn, makeWorkspace, start, summaryOf, timeless, words } from './support/lrnn.js';
import { fruitCsv } from './support/tables.js';

const TRIALS = 9;
const FIT = words(
  `fit fruit.csv --target grade --trials ${TRIALS} --seed 5 --folds 3 --models lrnn,xgboost,linear,dummy,ensemble`,
);

describe('a run that is stopped', () => {
  let space: Workspace;
  let whole: StudySummary;
  before(async () => {
    space = makeWorkspace();
    space.file('fruit.csv', fruitCsv(120));
    whole = summaryOf(await lrnn([...FIT, '--json', '--out', 'a/study'], here()));
  });
  after(() => space.remove());

  const here = (): { cwd: string } => ({ cwd: space.path });
  /** Paths differ by the folder that the study is in. */
  const comparable = (summary: StudySummary) => ({ ...timeless(summary), model: null });
  const trialDone = (n: number): RegExp => new RegExp(`^${n}/${TRIALS} `, 'm');

  it('is compared with two runs that were not: they are the same but for times', async () => {
    const again = summaryOf(await lrnn([...FIT, '--json', '--workers', '1', '--out', 'b/study'], here()));
    expect(comparable(again)).to.deep.equal(comparable(whole));
    const other = summaryOf(await lrnn([...FIT, '--json', '--out', 'c/study', '--seed=6'].filter(notSeed), here()));
    expect(comparable(other).leaderboard).not.to.deep.equal(comparable(whole).leaderboard);
  });

  it('by Ctrl-C keeps what is done and prints the line that goes on', async () => {
    const run = start([...FIT, '--out', 'd/study'], here());
    await run.until(trialDone(2));
    // Twice at once is once: npx passes on the Ctrl-C that the terminal has already given.
    run.child.kill('SIGINT');
    setTimeout(() => run.child.kill('SIGINT'), 5);
    const { code, stderr } = await run.done;
    expect(code).to.equal(130);
    const [first, second, resume, ...rest] = stderr.split('\n');
    expect(first).to.equal('Stopping; what is finished is kept. (Ctrl-C again leaves at once.)');
    expect(second).to.equal('Interrupted. Go on with:');
    expect(resume).to.match(/^ {2}lrnn fit fruit\.csv --target grade .* --out d\/study --resume$/);
    expect(rest).to.deep.equal(['']);

    const shown = await lrnn(words('show d/study'), here());
    expect(shown.code).to.equal(0);
    expect(shown.stdout).to.include('It was interrupted; go on with:').and.include(resume);

    const resumed = await lrnn(resume.trim().split(' ').slice(1), here());
    expect(resumed.code).to.equal(0);
    expect(resumed.stdout).to.match(/^study, going on: binary by auc/);
    expect(trialLines(resumed.stdout)).to.be.within(1, TRIALS - 2);
    expect(comparable(await shownSummary('d/study'))).to.deep.equal(comparable(whole));
  });

  it('by SIGKILL, three times over, ends as if it had not been', async () => {
    let run = start([...FIT, '--out', 'e/study'], here());
    for (const n of [1, 3, 6]) {
      await run.until(trialDone(n));
      await killed(run);
      run = start([...FIT, '--out', 'e/study', '--resume'], here());
    }
    expect((await run.done).code).to.equal(0);
    expect(comparable(await shownSummary('e/study'))).to.deep.equal(comparable(whole));
  });

  it('by SIGKILL while the held-out rows are given back ends as if it had not been, to the bit', async () => {
    space.file('many.csv', fruitCsv(500));
    const fit = words('fit many.csv --target grade --trials 3 --folds 3 --models xgboost,linear,ensemble --workers 1');
    const model = async (folder: string): Promise<string> => {
      const { stdout } = await lrnn(words(`predict ${folder} many.csv`), here());
      return stdout;
    };
    const summary = summaryOf(await lrnn([...fit, '--json', '--out', 'p/study'], here()));
    expect(summary.refitted).to.deep.include({ rows: 100, kept: [] });
    let run = start([...fit, '--out', 'q/study'], here());
    // After the third trial, at moments that the machine chooses: while models are combined, fitted again, or written.
    for (const wait of [50, 250]) {
      await run.until(/^3\/3 |going on/m);
      await new Promise((resolve) => setTimeout(resolve, wait));
      // A fast machine may be done by then; going on changes nothing then.
      run.child.kill('SIGKILL');
      await run.done;
      run = start([...fit, '--out', 'q/study', '--resume'], here());
    }
    expect((await run.done).code).to.equal(0);
    expect(comparable(await shownSummary('q/study'))).to.deep.equal(comparable(summary));
    expect(await model('q/study')).to.equal(await model('p/study'));
  });

  it('by a second Ctrl-C leaves at once', async () => {
    const run = start([...FIT, '--out', 'f/study'], here());
    await run.until(trialDone(1));
    run.child.kill('SIGINT');
    setTimeout(() => run.child.kill('SIGINT'), 400);
    expect((await run.done).code).to.equal(130);
    const resumed = summaryOf(await lrnn([...FIT, '--out', 'f/study', '--resume', '--json'], here()));
    expect(comparable(resumed)).to.deep.equal(comparable(whole));
  });

  it('before anything is read still says that it was interrupted', async () => {
    const run = start([...FIT, '--out', 'g/study', '--json'], here());
    setTimeout(() => run.child.kill('SIGINT'), 350);
    const { code, stdout, stderr } = await run.done;
    // The signal may come before the program listens: then the system ends it.
    if (code !== null) expect({ code, stdout }, stderr).to.deep.equal({ code: 130, stdout: '' });
  });

  it('is refused to a second process while the first one runs', async () => {
    const run = start([...FIT, '--out', 'h/study'], here());
    await run.until(trialDone(1));
    // Held still, or it might end before the second one looks.
    run.child.kill('SIGSTOP');
    const { code, stdout, stderr } = await lrnn([...FIT, '--out', 'h/study', '--resume'], here());
    expect({ code, stdout }, stderr).to.deep.equal({ code: 4, stdout: '' });
    expect(stderr.trimEnd().split('\n')).to.have.length(1);
    await killed(run);
  });

  it('when it is finished, --resume says the same again', async () => {
    const again = summaryOf(await lrnn([...FIT, '--json', '--out', 'a/study', '--resume'], here()));
    expect(timeless(again)).to.deep.equal(timeless(whole));
  });

  async function shownSummary(folder: string): Promise<StudySummary> {
    return summaryOf(await lrnn(['show', folder, '--json'], here()));
  }
});

/** Drops the seed that FIT has already, so that another one can be given. */
function notSeed(word: string, i: number, line: readonly string[]): boolean {
  return word !== '--seed' && line[i - 1] !== '--seed';
}

function trialLines(stdout: string): number {
  return stdout.split('\n').filter((line) => /^\d+\/\d+ /.test(line)).length;
}

async function killed(run: Running): Promise<void> {
  run.child.kill('SIGKILL');
  const { code, signal } = await run.done;
  expect({ code, signal }).to.deep.equal({ code: null, signal: 'SIGKILL' });
}

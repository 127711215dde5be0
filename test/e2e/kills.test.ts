/** @file SIGKILL at instants drawn from a seed: while a study is made, given its held-out rows back, or exported. */

import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';

import { expect } from 'chai';

import type { ToolkitError } from '../../src/core/index.js';
import { Rng } from '../../src/core/index.js';
import { openStudy, predictFile } from '../../src/run/index.js';
import type { Running, Workspace } from './support/lrnn.js';
import { expectDone, lrnn, makeWorkspace, start, timeless, words } from './support/lrnn.js';
import { fruitCsv } from './support/tables.js';

/** `npm run test:faults` sets it to what takes half an hour. */
const KILLS = process.env.FAULTS ? Math.ceil((3 * Number(process.env.FAULTS)) / 7) : 6;
const EXPORTS = process.env.FAULTS ? Math.ceil(Number(process.env.FAULTS) / 7) : 3;
const SEED = Number(process.env.TEST_SEED ?? 1);
const TRIALS = 3;
const FIT = words(
  `fit fruit.csv --target grade --trials ${TRIALS} --folds 3 --models xgboost,linear,ensemble --workers 1`,
);
/** Of one study; then it may end. */
const MOST_KILLS = 10;
const FORMATS = { js: 'model.mjs', safetensors: 'copy.safetensors', html: 'report.html' } as const;

const wait = (ms: number): Promise<'late'> => new Promise((done) => setTimeout(() => done('late'), ms));

describe('a process that is killed at any instant', function () {
  this.timeout(300_000 + (KILLS + EXPORTS) * 60_000);
  let space: Workspace;
  let whole: Awaited<ReturnType<typeof resultOf>>;
  /** What it takes undisturbed, as it was last seen: from the start, and from the last trial on. */
  let span = { all: 0, tail: 0 };
  const here = (): { cwd: string } => ({ cwd: space.path });

  before(async () => {
    space = makeWorkspace();
    space.file('fruit.csv', fruitCsv(500));
    const begun = performance.now();
    const run = start([...FIT, '--out', 'whole/study'], here());
    await run.until(new RegExp(`^${TRIALS}/${TRIALS} `, 'm'));
    const tried = performance.now();
    expectDone(await run.done);
    span = { all: performance.now() - begun, tail: performance.now() - tried };
    whole = await resultOf('whole/study');
    expect(whole.summary.refitted, 'the held-out rows are given back').not.to.equal(null);
  });
  after(() => space.remove());

  /** Without times, and without paths, which differ. */
  async function resultOf(study: string) {
    const folder = space.join(study);
    const reader = openStudy(folder);
    const { summary } = reader.view();
    reader.close();
    const { csv } = await predictFile(folder, space.join('fruit.csv'), null);
    // This process reads studies of others, so it may be the last to let go of SQLite's log.
    const files = readdirSync(folder).filter((name) => !/-(wal|shm)$/.test(name));
    return { summary: { ...timeless(summary), study: '', model: null }, predictions: csv, files: files.sort() };
  }

  /** Where a study stood when its process was killed. Whatever the instant, it can be opened, or there is none yet. */
  function phaseOf(study: string): string {
    if (!existsSync(space.join(study, 'study.sqlite'))) return 'before the study';
    try {
      const reader = openStudy(space.join(study));
      const { status, trials } = reader.view();
      reader.close();
      const done = trials.filter(({ state }) => state === 'complete').length;
      if (status === 'complete') return 'when it was complete';
      return done < TRIALS ? 'while models were tried' : 'while they were combined and fitted again';
    } catch (error) {
      expect((error as ToolkitError).kind, (error as Error).message).to.equal('state');
      return 'before the study';
    }
  }

  /** At an instant from the start on, or, as often, from the last trial on. False: it had ended. */
  async function killed(run: Running, rng: Rng, isFresh: boolean): Promise<boolean> {
    const part = rng.integer(2) === 0 ? 'tail' : 'all';
    const instant = rng.uniform() * span[part];
    const ended = run.done.then(() => 'ended' as const);
    if (part === 'tail')
      await Promise.race([run.until(new RegExp(`^${TRIALS}/${TRIALS} |going on`, 'm')).catch(() => null), ended]);
    const begun = performance.now();
    if ((await Promise.race([wait(instant), ended])) === 'ended') {
      // A machine that has less to do than it had would be done before every kill.
      if (isFresh || part === 'tail') span = { ...span, [part]: Math.min(span[part], performance.now() - begun) };
      return false;
    }
    run.child.kill('SIGKILL');
    return (await run.done).signal === 'SIGKILL';
  }

  it('has lost nothing that was finished: gone on with, a study ends the same to the bit', async () => {
    const rng = new Rng(SEED);
    const phases = new Map<string, number>();
    let [kills, studies] = [0, 0];
    for (; kills < KILLS; studies++) {
      const study = `s${studies}/study`;
      for (let i = 0; ; i++) {
        const resume = existsSync(space.join(study, 'study.sqlite')) ? ['--resume'] : [];
        const run = start([...FIT, '--out', study, ...resume], here());
        if (i === MOST_KILLS || kills === KILLS || !(await killed(run, rng, resume.length === 0))) {
          const { code, stderr } = await run.done;
          expect(code, `seed ${SEED}, kill ${kills}: ${stderr}`).to.equal(0);
          break;
        }
        kills++;
        const phase = phaseOf(study);
        phases.set(phase, (phases.get(phase) ?? 0) + 1);
      }
      const result = await resultOf(study);
      expect(result, `seed ${SEED}, ${study}`).to.deep.equal(whole);
      if (!process.env.FAULTS) continue;
      const counts = [...phases].map(([phase, count]) => `${count} ${phase}`).join(', ');
      process.stdout.write(`      ${kills} kills of ${studies + 1} studies: ${counts}\n`);
    }
  });

  it('leaves a whole export or none, and the next one is the same and clears up', async () => {
    const rng = new Rng(SEED + 1);
    const all = Object.entries(FORMATS);
    const ends = { none: 0, whole: 0 };
    for (const [round, [format, name]] of all.entries()) {
      const words = (folder: string): string[] => [
        'export',
        'whole/study',
        '--format',
        format,
        '-o',
        `${folder}/${name}`,
      ];
      mkdirSync(space.join(`wanted-${format}`));
      const begun = performance.now();
      expectDone(await lrnn(words(`wanted-${format}`), here()));
      const took = performance.now() - begun;
      const wanted = contents(`wanted-${format}`);
      const folder = `cut-${format}`;
      mkdirSync(space.join(folder));
      for (let i = round; i < EXPORTS; i += all.length) {
        const run = start(words(folder), here());
        await Promise.race([wait(rng.uniform() * took), run.done]);
        run.child.kill('SIGKILL');
        await run.done;
        const found = contents(folder);
        const isThere = Object.hasOwn(found, name);
        ends[isThere ? 'whole' : 'none']++;
        if (isThere) expect(found[name] === wanted[name], `seed ${SEED}, ${name}, export ${i}`).to.equal(true);
      }
      expectDone(await lrnn(words(folder), here()));
      const again = contents(folder);
      expect(Object.keys(again), `seed ${SEED}, ${name}`).to.deep.equal(Object.keys(wanted));
      expect(Object.keys(wanted).filter((file) => again[file] !== wanted[file])).to.deep.equal([]);
    }
    if (process.env.FAULTS) process.stdout.write(`      ${EXPORTS} kills: ${JSON.stringify(ends)}\n`);
  });

  function contents(folder: string): Record<string, string> {
    const names = readdirSync(space.join(folder)).sort();
    return Object.fromEntries(names.map((name) => [name, readFileSync(space.join(folder, name), 'latin1')]));
  }
});

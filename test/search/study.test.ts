import { expect } from 'chai';
import fc from 'fast-check';

import { type JsonObject, Rng } from '../../src/core/index.js';
import {
  AGAIN,
  createMemoryStorage,
  type Group,
  groupsOf,
  hp,
  planTrials,
  randomSampler,
  type Sampler,
  type Storage,
  Study,
  type StudyOptions,
  type TrialSpec,
} from '../../src/search/index.js';

const GROUPS: Group[] = [
  { name: 'dummy', portfolio: [{}] },
  { name: 'a', portfolio: [{ x: 0.5 }, { x: 2 }], space: { x: hp.uniform(0, 1) }, weight: 2 },
  { name: 'b', portfolio: [{ x: 0.25, y: 1 }], space: { x: hp.logRange(0.01, 1), y: hp.choice([0, 1]) } },
];

/** A sampler whose suggestions depend on every bit of the history: any leak of time into it changes the trials. */
const nosy: Sampler = {
  suggest(space, history, rng) {
    const mixed = rng.split(JSON.stringify(history.map(({ assignment, loss }) => [assignment, String(loss)])));
    return { ...randomSampler.suggest(space, [], mixed), origin: 'nosy' };
  },
};

function makeStudy(storage: Storage, more: Partial<StudyOptions> = {}): Study {
  return new Study({ plan: planTrials({ groups: GROUPS }), storage, sampler: nosy, seed: 7, maxTrials: 24, ...more });
}

/** Some trials fail and some are pruned; the outcome depends on the spec alone. */
function evaluate({ number, params }: TrialSpec): Parameters<Study['finish']>[1] {
  if (number % 7 === 3) return { state: 'failed', value: null, error: 'no' };
  const value = Math.abs(((params.x as number | undefined) ?? 9) - 0.3);
  return number % 7 === 5 ? { state: 'pruned', value } : { state: 'complete', value };
}

/** Runs a study to its end with so many workers, finishing in random order; sometimes all is dropped and resumed. */
function runShuffled(workers: number, killFraction: number, rng: Rng, more: Partial<StudyOptions> = {}): Storage {
  const storage = createMemoryStorage();
  let study = makeStudy(storage, more);
  let running: TrialSpec[] = [];
  for (let guard = 0; guard < 5000; guard++) {
    const asked = running.length < workers ? study.next() : 'full';
    if (typeof asked === 'object') running.push(asked);
    if (asked === 'done' && running.length === 0) return storage;
    if (asked === 'wait') expect(running, 'a wait with nothing running would last for ever').to.not.be.empty;
    if (typeof asked === 'string' || rng.uniform() < 0.4) {
      const [ended] = running.splice(rng.integer(running.length), 1);
      study.finish(ended.number, evaluate(ended));
    }
    if (rng.uniform() < killFraction) {
      running = [];
      study = makeStudy(storage, more);
    }
  }
  throw new Error('the study does not end');
}

function specs(storage: Storage): JsonObject[] {
  return storage.trials().map(({ number, group, origin, params, assignment, seed, state, value }) => {
    return { number, group, origin, params, assignment, seed, state, value };
  });
}

const PORTFOLIO_ENTRIES = GROUPS.reduce((sum, { portfolio }) => sum + portfolio.length, 0);

describe('Study', () => {
  it('gives the same trials for any number of workers, any order of finishing and any interruptions', () => {
    const expected = specs(runShuffled(1, 0, new Rng(0)));
    expect(expected).to.have.length(24);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.constantFrom(0, 0.05, 0.3), fc.nat(), (workers, kills, seed) => {
        expect(specs(runShuffled(workers, kills, new Rng(seed)))).to.deep.equal(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('gives other trials for another seed or lag', () => {
    const trials = (more: Partial<StudyOptions>): unknown => specs(runShuffled(1, 0, new Rng(0), more));
    expect(trials({ seed: 8 })).to.not.deep.equal(trials({}));
    expect(trials({ lag: 0 })).to.not.deep.equal(trials({}));
    expect(trials({ lag: 4 })).to.deep.equal(trials({}));
  });

  it('gives trials to the group that counts most once every group has begun, first of its portfolio, then searched', () => {
    const shares = () =>
      new Map([
        ['b', 0.9],
        ['a', 0.1],
      ]);
    const study = makeStudy(createMemoryStorage(), { shares, lag: 0 });
    const asked = Array.from({ length: 5 }, (_, number) => {
      const spec = study.next() as TrialSpec;
      study.finish(number, { state: 'complete', value: 1 });
      return `${spec.group} ${spec.origin}`;
    });
    expect(asked).to.deep.equal(['dummy portfolio', 'a portfolio', 'b portfolio', 'b nosy', 'a portfolio']);
  });

  it('begins every entry of a portfolio once, whatever trials count, and with the clock or without in any session', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), (seed, sessions) => {
        const rng = new Rng(seed);
        const storage = createMemoryStorage();
        const shares = () => new Map(['dummy', 'a', 'b'].map((name) => [name, rng.uniform()]));
        for (const [session, isTimed] of sessions.entries()) {
          const study = makeStudy(storage, { lag: 0, maxTrials: 6 * (session + 1), ...(isTimed ? { shares } : {}) });
          for (let spec = study.next(); typeof spec === 'object'; spec = study.next()) {
            study.finish(spec.number, evaluate(spec));
          }
        }
        const fixed = storage.trials().filter(({ origin }) => origin === 'portfolio');
        const texts = fixed.map(({ group, params }) => group + JSON.stringify(params));
        expect(new Set(texts).size, 'none twice').to.equal(texts.length);
        expect(new Set(fixed.map(({ group }) => group)).size).to.equal(GROUPS.length);
        expect(storage.trials()).to.have.length(6 * sessions.length);
        // Without the clock what was passed over is made up for.
        const last = makeStudy(storage, { lag: 0, maxTrials: 6 * sessions.length + PORTFOLIO_ENTRIES });
        for (let spec = last.next(); typeof spec === 'object'; spec = last.next())
          last.finish(spec.number, evaluate(spec));
        const all = storage.trials().filter(({ origin }) => origin === 'portfolio');
        expect(all, 'every one').to.have.length(PORTFOLIO_ENTRIES);
      }),
      { numRuns: 60 },
    );
  });

  it('lets a searched trial see its group below t - lag, and nothing of what is later', () => {
    const seen: number[][] = [];
    const spy: Sampler = {
      suggest(space, history, rng) {
        seen.push(history.map(({ loss }) => loss));
        return randomSampler.suggest(space, history, rng);
      },
    };
    const groups: Group[] = [{ name: 'a', portfolio: [{ x: 0 }], space: { x: hp.uniform(0, 1) } }];
    const study = makeStudy(createMemoryStorage(), { plan: planTrials({ groups }), sampler: spy, lag: 2 });
    for (let t = 0; t < 3; t++) study.next();
    expect(study.next()).to.equal('wait');
    for (const number of [2, 1]) study.finish(number, { state: 'complete', value: number });
    expect(study.next(), 'trial 3 learns from trial 0').to.equal('wait');
    study.finish(0, { state: 'complete', value: 0.5 });
    study.next();
    expect(seen).to.deep.equal([[], [], [0.5]]);
    study.next();
    expect(seen[3], 'trial 4').to.deep.equal([0.5, 1]);
  });

  it('tells the sampler that failed trials have no loss, and pruned ones what their parts made it look', () => {
    let losses: number[] = [];
    const spy: Sampler = {
      suggest(space, history, rng) {
        losses = history.map(({ loss }) => loss);
        return randomSampler.suggest(space, history, rng);
      },
    };
    const portfolio = [{ x: 0 }, { x: 0.1 }, { x: 0.2 }, { x: 3 }];
    const groups: Group[] = [{ name: 'a', portfolio, space: { x: hp.uniform(0, 1) } }];
    const study = makeStudy(createMemoryStorage(), { plan: planTrials({ groups }), sampler: spy, lag: 0 });
    for (let t = 0; t < 4; t++) study.next();
    study.finish(0, { state: 'pruned', value: null, info: { estimate: 0.7 } });
    study.finish(1, { state: 'failed', value: null });
    study.finish(2, { state: 'complete', value: 0.3 });
    study.finish(3, { state: 'complete', value: 0.4 });
    study.next();
    expect(losses, 'the last has parameters outside the space').to.deep.equal([0.7, Infinity, 0.3]);
  });

  it('lets no sampler learn from values that changed nothing', () => {
    let seen: string[][] = [];
    const spy: Sampler = {
      suggest(space, history, rng) {
        seen = history.map(({ assignment }) => Object.keys(assignment).sort());
        return randomSampler.suggest(space, history, rng);
      },
    };
    const space = { depth: hp.integer(1, 3), form: hp.choice(['a', 'b']), width: hp.integer(1, 8) };
    const portfolio = [
      { depth: 1, form: 'a', width: 4 },
      { depth: 1, form: 'b', width: 4 },
      { depth: 2, form: 'a', width: 4 },
    ];
    const dormant = [{ when: { depth: 1, form: 0 }, labels: ['width'] }];
    const groups: Group[] = [{ name: 'a', portfolio, space, dormant }];
    const storage = createMemoryStorage();
    const study = makeStudy(storage, { plan: planTrials({ groups }), sampler: spy, lag: 0 });
    for (let t = 0; t < 3; t++) {
      study.next();
      study.finish(t, { state: 'complete', value: t });
    }
    study.next();
    const all = ['depth', 'form', 'width'];
    expect(seen).to.deep.equal([['depth', 'form'], all, all]);
    expect(groupsOf(storage)![0]).to.deep.include({ dormant, portfolio });
  });

  it('never waits for fixed trials', () => {
    const groups: Group[] = [{ name: 'a', portfolio: [1, 2, 3, 4, 5, 6].map((x) => ({ x })) }];
    const study = makeStudy(createMemoryStorage(), { plan: planTrials({ groups }), lag: 0 });
    for (let t = 0; t < 6; t++) expect(study.next()).to.include({ number: t, origin: 'portfolio' });
    expect(study.next()).to.equal('done');
  });

  it('finds the assignment of portfolio entries inside the space, and none for those outside', () => {
    const storage = runShuffled(1, 0, new Rng(0));
    const fixed = storage.trials().filter(({ origin }) => origin === 'portfolio');
    expect(fixed.map(({ assignment }) => assignment)).to.deep.equal([null, { x: 0.5 }, { x: 0.25, y: 1 }, null]);
  });

  it('draws again what a group has tried, and gives up when all has been', () => {
    const groups: Group[] = [{ name: 'a', portfolio: [{ x: 0 }], space: { x: hp.choice([0, 1, 2, 3]) } }];
    const stubborn: Sampler = {
      suggest: () => ({ params: { x: 0 }, assignment: { x: 0 }, origin: 'stubborn' }),
    };
    const study = makeStudy(createMemoryStorage(), { plan: planTrials({ groups }), sampler: stubborn, lag: 9 });
    const tried = Array.from({ length: 8 }, () => (study.next() as TrialSpec).params.x);
    expect(new Set(tried.slice(0, 3)).size).to.equal(3);
    expect(new Set(tried).size).to.equal(4);
  });

  it('stops at maxTrials, at zero of them, and when told to', () => {
    expect(makeStudy(createMemoryStorage(), { maxTrials: 0 }).next()).to.equal('done');
    let asked = 0;
    const study = makeStudy(createMemoryStorage(), { shouldStop: () => asked++ >= 2 });
    expect([study.next(), study.next()].map((spec) => (spec as TrialSpec).number)).to.deep.equal([0, 1]);
    expect(study.next()).to.equal('done');
  });

  it('goes on past an earlier maxTrials as if it had been higher from the start', () => {
    const storage = createMemoryStorage();
    for (const maxTrials of [5, 24]) {
      const study = makeStudy(storage, { maxTrials });
      for (let spec = study.next(); typeof spec === 'object'; spec = study.next())
        study.finish(spec.number, evaluate(spec));
    }
    expect(specs(storage)).to.deep.equal(specs(runShuffled(1, 0, new Rng(0))));
  });

  it('offers a trial that was begun and not finished with its parts kept', () => {
    const storage = createMemoryStorage();
    const begun = makeStudy(storage).next() as TrialSpec;
    storage.recordPart({ trial: begun.number, part: 0, value: 1, seconds: 1 });
    expect(makeStudy(storage).next()).to.deep.equal(begun);
    expect(storage.parts(begun.number)).to.have.length(1);
  });

  it('refuses a storage of another plan, seed or lag', () => {
    const storage = createMemoryStorage();
    makeStudy(storage);
    expect(() => makeStudy(storage, { seed: 8, lag: 1 })).to.throw(
      'study: a study must go on as it began; changed: seed, lag. Start a new study instead.',
    );
    const plan = planTrials({ groups: GROUPS.slice(1) });
    expect(() => makeStudy(storage, { plan })).to.throw('changed: groups');
    expect(() => makeStudy(storage, { maxTrials: 99 })).to.not.throw();
  });

  it('refuses senseless options', () => {
    expect(() => makeStudy(createMemoryStorage(), { lag: -1 })).to.throw('study: lag must be a whole number, got -1.');
    expect(() => makeStudy(createMemoryStorage(), { seed: 0.5 })).to.throw('study: seed must be a whole number');
    expect(() => makeStudy(createMemoryStorage(), { maxTrials: -1 })).to.throw('maxTrials must not be negative');
  });

  it('knows the best complete trial, of all or of a group, and none at first', () => {
    const study = makeStudy(createMemoryStorage(), { lag: 30 });
    expect(study.best()).to.equal(null);
    for (let t = 0; t < 4; t++) study.next();
    study.finish(0, { state: 'complete', value: 0.5 });
    study.finish(1, { state: 'pruned', value: 0.1 });
    study.finish(2, { state: 'complete', value: 0.5 });
    study.finish(3, { state: 'failed', value: null });
    expect(study.best()?.number).to.equal(0);
    expect(study.best('b')?.number).to.equal(2);
    expect(study.best('a')).to.equal(null);
  });

  it('makes an earlier trial again where it is told to, and goes on with the plan behind it', () => {
    const storage = createMemoryStorage();
    const plain = createMemoryStorage();
    let asked = 0;
    const again = () => (++asked === 3 ? storage.trials()[1] : asked === 4 ? ('wait' as const) : null);
    const study = makeStudy(storage, { again });
    const other = makeStudy(plain);
    const take = (from: Study): TrialSpec => {
      const spec = from.next() as TrialSpec;
      from.finish(spec.number, evaluate(spec));
      return spec;
    };
    const [, earlier, repeated] = [take(study), take(study), take(study)];
    expect(repeated).to.include({ number: 2, group: earlier.group, origin: AGAIN, assignment: null });
    expect(repeated.params).to.deep.equal(earlier.params);
    expect(study.next()).to.equal('wait');
    const planned = [take(other), take(other), take(other)][2];
    expect(take(study)).to.deep.include({ number: 3, group: planned.group, params: planned.params });
  });
});

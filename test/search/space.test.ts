import { expect } from 'chai';

import { type JsonObject, Rng } from '../../src/core/index.js';
import { type Assignment, assignmentOf, hp, labels, resolve, sampleSpace, type Space } from '../../src/search/index.js';

const NESTED: Space = {
  fixed: 'kept',
  none: null,
  rate: hp.logRange(1e-4, 0.1),
  layers: [hp.integer(8, 64), { drop: hp.uniform(0, 0.5) }],
  form: hp.choice([
    { kind: 'dense', width: hp.integer(1, 8) },
    { kind: 'axis', share: hp.choice(['neuron', 'basis']), width: 1 },
  ]),
};

describe('sampleSpace', () => {
  it('keeps constants and draws the rest inside its bounds', () => {
    for (let seed = 0; seed < 200; seed++) {
      const { params } = sampleSpace(NESTED, new Rng(seed));
      expect(params.fixed).to.equal('kept');
      expect(params.none).to.equal(null);
      expect(params.rate).to.be.within(1e-4, 0.1 + 1e-12);
      const [first, second] = params.layers as [number, { drop: number }];
      expect(first % 1).to.equal(0);
      expect(first).to.be.within(8, 64);
      expect(second.drop).to.be.within(0, 0.5);
    }
  });

  it('assigns the labels of the option taken and no others', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 100; seed++) {
      const { params, assignment } = sampleSpace(NESTED, new Rng(seed));
      const always = ['rate', 'layers.0', 'layers.1.drop', 'form'];
      const inside = assignment.form === 0 ? ['form:0.width'] : ['form:1.share'];
      expect(Object.keys(assignment)).to.have.members([...always, ...inside]);
      expect((params.form as JsonObject).kind).to.equal(['dense', 'axis'][assignment.form]);
      seen.add(String(assignment.form));
    }
    expect(seen.size).to.equal(2);
  });

  it('gives the same draw for the same seed and another for another', () => {
    const draw = (seed: number): unknown => sampleSpace(NESTED, new Rng(seed)).params;
    expect(draw(3)).to.deep.equal(draw(3));
    expect(draw(3)).to.not.deep.equal(draw(4));
  });

  it('draws every integer of a range equally often, the ends included', () => {
    const counts = [0, 0, 0, 0];
    const rng = new Rng(1);
    for (let i = 0; i < 4000; i++) counts[(sampleSpace({ x: hp.integer(1, 4) }, rng).params.x as number) - 1]++;
    for (const count of counts) expect(count).to.be.within(880, 1120);
  });

  it('draws log ranges evenly over their decades', () => {
    const counts = [0, 0, 0];
    const rng = new Rng(2);
    for (let i = 0; i < 3000; i++) {
      counts[Math.floor(Math.log10(sampleSpace({ x: hp.logRange(1, 1000) }, rng).params.x as number))]++;
    }
    for (const count of counts) expect(count).to.be.within(880, 1120);
  });

  it('has the mean and deviation of a normal, and options as often as each other', () => {
    const rng = new Rng(5);
    let sum = 0;
    let squares = 0;
    const taken = [0, 0, 0];
    for (let i = 0; i < 4000; i++) {
      const { params } = sampleSpace({ x: hp.normal(3, 2), c: hp.choice([0, 1, 2]) }, rng);
      sum += params.x as number;
      squares += ((params.x as number) - 3) ** 2;
      taken[params.c as number]++;
    }
    expect(sum / 4000).to.be.closeTo(3, 0.15);
    expect(Math.sqrt(squares / 4000)).to.be.closeTo(2, 0.1);
    for (const count of taken) expect(count).to.be.within(1200, 1470);
  });

  it('draws every distribution on its grid', () => {
    const space = {
      a: hp.quniform(0.15, 1, 0.1),
      b: hp.qloguniform(0, Math.log(100), 5),
      c: hp.qnormal(0, 3, 0.5),
      d: hp.qlognormal(0, 1, 1),
      e: hp.lognormal(0, 1),
      f: hp.randint(3),
    };
    for (let seed = 0; seed < 300; seed++) {
      const { params } = sampleSpace(space, new Rng(seed));
      const { a, b, c, d, e, f } = params as Record<string, number>;
      expect(a).to.be.within(0.2, 1);
      expect(String(a).length).to.be.at.most(3);
      expect(b % 5).to.equal(0);
      expect(b).to.be.within(5, 100);
      expect(c % 0.5 === 0 && d % 1 === 0 && d >= 0 && e > 0).to.equal(true);
      expect([a, b, c, d].some((value) => Object.is(value, -0))).to.equal(false);
      expect([0, 1, 2]).to.include(f);
    }
  });

  it('takes the only option and the only integer without drawing', () => {
    const { params, assignment } = sampleSpace({ a: hp.choice([{ b: hp.randint(1) }]) }, new Rng(0));
    expect(params).to.deep.equal({ a: { b: 0 } });
    expect(assignment).to.deep.equal({ a: 0, 'a:0.b': 0 });
    const rest = { x: hp.uniform(0, 1) };
    const alone = sampleSpace(rest, new Rng(3)).params;
    expect(sampleSpace({ a: hp.choice(['only']), i: hp.randint(1), ...rest }, new Rng(3)).params).to.include(alone);
  });

  it('keeps an object of a single key and one that has a key called name', () => {
    expect(sampleSpace({ x: hp.randint(2) }, new Rng(0)).params).to.have.keys(['x']);
    const named = { layer: { name: 'eval', size: 3 }, x: hp.randint(2) };
    expect(sampleSpace(named, new Rng(0)).params.layer).to.deep.equal({ name: 'eval', size: 3 });
  });

  it('takes a choice of objects as a whole space', () => {
    const space = hp.choice([{ a: hp.uniform(0, 1) }, { b: hp.uniform(0, 1) }]);
    const { params, assignment } = sampleSpace(space, new Rng(1));
    const key = assignment['*'] === 0 ? 'a' : 'b';
    expect(params).to.deep.equal({ [key]: assignment[`*:${assignment['*']}.${key}`] });
  });

  it('draws nothing from a space without distributions', () => {
    expect(sampleSpace({}, new Rng(0))).to.deep.equal({ params: {}, assignment: {} });
  });
});

describe('labels', () => {
  it('names every place that varies, active or not, in order', () => {
    const all = ['rate', 'layers.0', 'layers.1.drop', 'form', 'form:0.width', 'form:1.share'];
    expect(labels(NESTED)).to.deep.equal(all);
    expect(labels({ a: 1 })).to.deep.equal([]);
  });
});

describe('resolve and assignmentOf', () => {
  it('are inverse to each other on every draw', () => {
    for (let seed = 0; seed < 100; seed++) {
      const { params, assignment } = sampleSpace(NESTED, new Rng(seed));
      expect(resolve(NESTED, assignment)).to.deep.equal(params);
      expect(assignmentOf(NESTED, params)).to.deep.equal(assignment);
    }
  });

  it('finds nothing for parameters of another shape or outside the bounds', () => {
    const space: Space = { a: hp.uniform(0, 1), b: hp.choice(['x', { c: hp.integer(1, 3) }]), l: [hp.randint(2)] };
    const good = { a: 0.5, b: { c: 2 }, l: [1] };
    expect(assignmentOf(space, good)).to.deep.equal({ a: 0.5, b: 1, 'b:1.c': 2, 'l.0': 1 });
    const bad: JsonObject[] = [
      {},
      { ...good, extra: 1 },
      { ...good, a: 2 },
      { ...good, a: '0.5' },
      { ...good, a: null },
      { ...good, b: 'y' },
      { ...good, b: { c: 4 } },
      { ...good, b: [] },
      { ...good, l: [] },
      { ...good, l: [2] },
      { ...good, l: [0.5] },
      { a: 0.5, b: 'x', m: [1] },
    ];
    for (const params of bad) expect(assignmentOf(space, params), JSON.stringify(params)).to.equal(null);
  });

  it('takes the ends of a log range although rounding moves them by a hair', () => {
    for (const [low, high] of [
      [1e-4, 0.1],
      [1e-8, 100],
      [3, 7],
    ]) {
      const space = { x: hp.logRange(low, high) };
      expect(assignmentOf(space, { x: low })).to.deep.equal({ x: low });
      expect(assignmentOf(space, { x: high })).to.deep.equal({ x: high });
    }
    const rounded = Math.exp(Math.log(0.1));
    expect(rounded).to.be.above(0.1);
    expect(assignmentOf({ x: hp.logRange(1e-4, 0.1) }, { x: rounded })).to.deep.equal({ x: rounded });
    expect(assignmentOf({ x: hp.logRange(1e-4, 0.1) }, { x: 0 })).to.equal(null);
    expect(assignmentOf({ x: hp.logRange(1e-4, 0.1) }, { x: -1 })).to.equal(null);
  });

  it('refuses an assignment that lacks an active label or leaves the space', () => {
    const bad: Assignment[] = [{}, { x: 2 }, { x: NaN }];
    for (const assignment of bad) {
      expect(() => resolve({ x: hp.uniform(0, 1) }, assignment)).to.throw('"x" must lie in its space');
    }
    expect(() => resolve({ x: hp.choice([1]) }, { x: 1 })).to.throw('resolve: the value of "x"');
  });
});

describe('a faulty space', () => {
  const faults: [string, unknown, string][] = [
    [
      'equal bounds',
      { a: [hp.uniform(1, 1)] },
      'hp.uniform: low must be below high, got {"low":1,"high":1}. At "a.0".',
    ],
    ['crossed bounds', { a: hp.loguniform(1, 0) }, 'hp.loguniform: low must be below high'],
    ['a bound that is not a number', { a: hp.uniform(0, NaN) }, 'hp.uniform: high must be a finite number, got NaN'],
    ['a missing bound', { a: { name: 'uniform', low: 0 } }, 'hp.uniform: high must be a finite number, got undefined'],
    ['a step of 0', { a: hp.quniform(0, 1, 0) }, 'hp.quniform: q must be above 0'],
    ['no multiple in range', { a: hp.quniform(0.1, 0.9, 1) }, 'a multiple of q must lie between the bounds'],
    ['sigma 0', { a: hp.normal(0, 0) }, 'hp.normal: sigma must be above 0'],
    ['no options', { a: hp.choice([]) }, 'hp.choice: options must be an array with something in it, got []. At "a".'],
    ['upper 0', { a: hp.randint(0) }, 'hp.randint: upper must be in [1, 2^32], got 0'],
    ['plain bounds for a logarithm', { a: hp.loguniform(1, 1000) }, 'Take hp.logRange for plain bounds.'],
    ['a function', { a: () => 1 }, 'space: constants must be JSON, got "function". At "a".'],
    ['a constant NaN', { a: NaN }, 'space: constants must be JSON, got NaN'],
    ['a key with a dot', { 'a.b': 1 }, 'space: keys must be without'],
    ['a number as space', hp.uniform(0, 1), 'space: must be an object or a choice of objects'],
    ['a choice of numbers as space', hp.choice([1, 2]), 'space: must be an object or a choice of objects'],
  ];
  for (const [what, space, message] of faults) {
    it(`is refused for ${what}`, () => {
      expect(() => labels(space as Space)).to.throw(message);
    });
  }

  it('is refused by the words that take plain bounds', () => {
    expect(() => hp.logRange(0, 1)).to.throw('hp.logRange: low must be above 0, got 0.');
    expect(() => hp.logInteger(0, 9)).to.throw('hp.logInteger: low must be at least 1, got 0.');
    expect(() => hp.integer(0.5, 9)).to.throw('hp.integer: bounds must be integers, got [0.5,9].');
  });
});

import { expect } from 'chai';

import { readForm, safeName } from '../../src/server/form.js';

describe('readForm', () => {
  it('needs a target and nothing else', () => {
    expect(readForm({ target: ' Price' })).to.deep.include({ target: ' Price', task: 'auto', trials: undefined });
    expect(() => readForm({})).to.throw('target: must name a column, got ""');
  });

  it('reads the budget that was chosen and not the other one', () => {
    const both = { target: 'y', trials: '20', time: '10m' };
    expect(readForm({ ...both, budget: 'trials' })).to.include({ trials: 20, timeBudgetMs: undefined });
    expect(readForm({ ...both, budget: 'time' })).to.include({ trials: undefined, timeBudgetMs: 600_000 });
    expect(readForm({ ...both, budget: 'auto' })).to.include({ trials: undefined, timeBudgetMs: undefined });
    expect(readForm({ target: 'y', trials: '20' })).to.include({ trials: 20 });
  });

  it('reads times as people write them', () => {
    const times = {
      '90s': 90_000,
      '10m': 600_000,
      '10 min': 600_000,
      '2h': 7_200_000,
      '1.5h': 5_400_000,
      ' 30 SEC ': 30_000,
    };
    for (const [time, milliseconds] of Object.entries(times)) {
      expect(readForm({ target: 'y', budget: 'time', time }).timeBudgetMs, time).to.equal(milliseconds);
    }
  });

  it('says what is wrong in the words of the form', () => {
    const message = (fields: Record<string, string>): string => {
      try {
        readForm({ target: 'y', ...fields });
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(message({ budget: 'time', time: 'soon' })).to.equal('time: must be like 90s, 10m or 2h, got "soon".');
    expect(message({ budget: 'time', time: '' })).to.equal('time: must be like 90s, 10m or 2h, got "".');
    expect(message({ budget: 'trials', trials: '' })).to.equal('trials: must be a whole number of at least 1, got "".');
    expect(message({ budget: 'trials', trials: '1e9' })).to.equal('trials: must be a whole number, got "1e9".');
    expect(message({ seed: '-1' })).to.equal('seed: must be a whole number, got "-1".');
    expect(message({ folds: '9'.repeat(40) })).to.contain('folds: must be a whole number');
    expect(message({ task: 'clustering' })).to.contain('task: must be one of auto, regression');
  });

  it('reads the directions of columns, each of which has one', () => {
    const { monotone } = readForm({ target: 'y', rises: 'size, "rooms, all"', falls: ' age ,__proto__,' });
    expect(Object.entries(monotone!)).to.deep.equal([
      ['size', 1],
      ['rooms, all', 1],
      ['age', -1],
      ['__proto__', -1],
    ]);
    for (const fields of [{}, { rises: '', falls: ' ' }, { rises: ', ,' }]) {
      expect(readForm({ target: 'y', ...fields }).monotone).to.equal(undefined);
    }
    expect(() => readForm({ target: 'y', rises: 'size, age', falls: 'age' })).to.throw(
      'directions: a column must have one direction, not both, got "age".',
    );
  });

  it('hands a search to the cluster where the form says so and the server has one', () => {
    const cluster = { redis: 'redis://here', shared: '/s' };
    expect(readForm({ target: 'y', place: 'cluster' }, cluster)).to.deep.include(cluster);
    for (const fields of [{}, { place: '' }, { place: 'here' }]) {
      expect(readForm({ target: 'y', ...fields }, cluster)).to.not.have.any.keys('redis', 'shared');
    }
    expect(() => readForm({ target: 'y', place: 'cluster' })).to.throw(
      'place: must be here: this server has no cluster, got "cluster". lrnn serve --redis URL gives it one.',
    );
    expect(() => readForm({ target: 'y', place: 'redis://evil' }, cluster)).to.throw('place: must be here or cl');
  });

  it('reads how rows are kept apart and what they count', () => {
    const fields = { models: 'lrnn, linear', holdout: '25 %', group: ' shop ', order: 'day', gap: '7', weights: 'w' };
    expect(readForm({ target: 'y', ...fields, classWeights: 'balanced' })).to.deep.include({
      models: ['lrnn', 'linear'],
      holdout: 0.25,
      group: 'shop',
      time: 'day',
      gap: 7,
      weights: 'w',
      classWeights: 'balanced',
    });
    expect(readForm({ target: 'y', positive: ' bad ' }).positive).to.equal('bad');
    expect(
      readForm({ target: 'y', quantiles: '0.1, 0.5 0.9', exposure: ' months ', levels: 'low, "a, b"' }),
    ).to.deep.include({
      quantiles: [0.1, 0.5, 0.9],
      exposure: 'months',
      order: ['low', 'a, b'],
    });
    expect(readForm({ target: 'y', quantiles: ' ', exposure: ' ', levels: '' })).to.deep.include({
      quantiles: undefined,
      exposure: undefined,
      order: undefined,
    });
    const empty = readForm({ target: 'y', positive: '', models: ' ', holdout: '', group: '', order: '', weights: '' });
    for (const key of ['positive', 'models', 'holdout', 'group', 'time', 'gap', 'weights', 'classWeights'] as const) {
      expect(empty[key], key).to.equal(undefined);
    }
    expect([readForm({ target: 'y', holdout: '0,3' }), readForm({ target: 'y', holdout: '.1' })]).to.satisfy(
      ([first, second]: { holdout?: number }[]) => first.holdout === 0.3 && second.holdout === 0.1,
    );
    expect(() => readForm({ target: 'y', holdout: 'some' })).to.throw(
      'holdout: must be a share such as 0.2 or 20 %, got "some".',
    );
  });

  it('splits columns to ignore at commas', () => {
    expect(readForm({ target: 'y', ignore: ' id, free text ,' }).ignore).to.deep.equal(['id', 'free text']);
    expect(readForm({ target: 'y', ignore: ' ' }).ignore).to.be.undefined;
  });
});

describe('safeName', () => {
  it('makes one visible folder name of anything', () => {
    const names = ['../../etc/passwd', '..', '.hidden', '', 'a/b\\c', 'x\u0000y', 'Größe 2024', '🚗', 'con:', '-rf'];
    for (const name of names) expect(safeName(name, 'study'), name).to.match(/^[\p{L}\p{N}_][\p{L}\p{N}._-]*$/u);
    expect(safeName('Größe 2024', 'study')).to.equal('Größe-2024');
    expect(safeName('🚗', 'study')).to.equal('study');
    expect(safeName('x'.repeat(500), 'study')).to.have.length(80);
    const rare = safeName('\u{20000}'.repeat(80), 'study');
    expect([Buffer.byteLength(rare), [...rare].length]).to.deep.equal([200, 50]);
  });
});

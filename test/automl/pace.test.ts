import { expect } from 'chai';

import { Pace } from '../../src/automl/index.js';
import type { JsonObject } from '../../src/core/index.js';
import type { Storage } from '../../src/search/index.js';
import { AGAIN, createMemoryStorage } from '../../src/search/index.js';

const BEGIN = 1_000_000;
const SECONDS = 60;

/** A pace on a clock that stands still, over a storage of trials that are told to it. */
function pacing(table: { rows: number; columns?: number; k?: number }, at = 0) {
  const storage = createMemoryStorage();
  let seconds = at;
  const pace = new Pace({
    storage,
    begin: BEGIN,
    deadline: () => BEGIN + 1000 * SECONDS,
    workers: 1,
    folds: 5,
    columns: 16,
    k: 1,
    ...table,
    slow: ['lrnn', 'xgboost', 'mlp'],
    quick: ['dummy', 'linear'],
    now: () => BEGIN + 1000 * seconds,
  });
  return { storage, pace, pass: (more: number) => (seconds += more) };
}

let made = 0;
function trial(storage: Storage, group: string, loss: number | null, info: JsonObject = {}, origin = 'portfolio') {
  const number = storage.trials().length;
  storage.begin({ number, group, origin, params: { made: made++ }, assignment: null, seed: 1 });
  if (loss === null) return number;
  for (let part = 0; part < 5; part++) storage.recordPart({ trial: number, part, value: loss, seconds: 1 });
  storage.finish(number, { state: 'complete', value: loss, info });
  return number;
}

const first = (group: string) => ({ group, origin: 'portfolio' });

describe('Pace', () => {
  it('lets the first two trials of every slow family fit into the time, on all rows of a table that is not large', () => {
    const { pace } = pacing({ rows: 5000 });
    expect(pace.isLarge).to.equal(false);
    expect(pace.allot(first('lrnn'))).to.deep.equal({ limitMs: 60_000 / (2 * 3 * 5) });
    expect(pace.again()).to.equal(null);
  });

  it('leaves what a family has not used to those that have not begun, and a quarter of the time left to later trials', () => {
    const { storage, pace, pass } = pacing({ rows: 5000 });
    trial(storage, 'lrnn', 1);
    pass(4);
    trial(storage, 'xgboost', null);
    expect(pace.allot(first('xgboost')).limitMs, '26 of 30 s, for two families').to.be.closeTo(26_000 / (2 * 5), 1e-6);
    pass(20);
    trial(storage, 'mlp', null);
    expect(pace.allot(first('mlp')).limitMs, 'never less than equal parts').to.be.closeTo(60_000 / (2 * 3 * 5), 1e-6);
    trial(storage, 'lrnn', null);
    expect(pace.allot(first('lrnn')).limitMs).to.be.closeTo(60_000 / (2 * 3 * 5), 1e-6);
    const late = pacing({ rows: 5000 });
    for (let made = 0; made < 2; made++) trial(late.storage, 'lrnn', 1);
    expect(late.pace.allot(first('lrnn')).limitMs).to.be.closeTo((0.25 * 0.92 * 60_000) / 5, 1e-6);
    expect(late.pace.allot(first('linear')).limitMs, 'a quick one has its own').to.be.closeTo(
      (0.04 * 60_000) / 5,
      1e-6,
    );
  });

  it('gives a fit that begins late no more than is left, so that all its folds end in time', () => {
    const { pace, pass } = pacing({ rows: 5000 });
    pass(55);
    const { limitMs } = pace.allot(first('lrnn'));
    expect(limitMs! * 5).to.be.within(3000, 5000);
  });

  it('takes tables of many rows, and of many cells or classes, for large', () => {
    expect(pacing({ rows: 128_000 }).pace.isLarge).to.equal(true);
    expect(pacing({ rows: 32_000, columns: 5, k: 1000 }).pace.isLarge).to.equal(true);
    expect(pacing({ rows: 400, columns: 5000 }).pace.isLarge).to.equal(false);
    expect(pacing({ rows: 30_000 }).pace.isLarge).to.equal(false);
  });

  it('lets every family begin on a sample of a large table, fewer rows of more classes', () => {
    const { limitMs, rows } = pacing({ rows: 128_000 }).pace.allot(first('xgboost'));
    expect(rows).to.equal(20_000);
    expect(limitMs! * 5 * 3).to.be.closeTo(0.35 * 60_000, 1);
    expect(pacing({ rows: 128_000 }).pace.allot(first('linear')).limitMs).to.be.below(limitMs!);
    expect(pacing({ rows: 32_000, k: 1000, columns: 5 }).pace.allot(first('mlp')).rows).to.equal(3000);
  });

  it('waits for the first trial of every family, then makes the best again on more rows, then the next', () => {
    const { storage, pace } = pacing({ rows: 128_000 });
    const sampled = { rows: 20_000 };
    trial(storage, 'dummy', 9, sampled);
    trial(storage, 'linear', 5, sampled);
    trial(storage, 'lrnn', 2, sampled);
    expect(pace.again()).to.equal(null);
    trial(storage, 'xgboost', 1, sampled);
    const last = trial(storage, 'mlp', null);
    expect(pace.again()).to.equal('wait');
    storage.finish(last, { state: 'failed', value: null });
    expect(pace.again()).to.include({ group: 'xgboost' });
    const again = trial(storage, 'xgboost', null, {}, AGAIN);
    expect(pace.again()).to.include({ group: 'lrnn' });
    const { limitMs, rows } = pace.allot({ group: 'xgboost', origin: AGAIN });
    expect(limitMs! * 5).to.be.closeTo(0.65 * 0.92 * 60_000, 1);
    // Seven times as long as the second that a fold took on 20,000 rows.
    expect(rows).to.be.closeTo((0.6 * 20_000 * limitMs!) / 1000, 1);
    storage.finish(again, { state: 'complete', value: 0.8 });
    trial(storage, 'lrnn', 1.5, {}, AGAIN);
    trial(storage, 'linear', 5, {}, AGAIN);
    expect(pace.again(), 'the dummy learns nothing from more rows').to.equal(null);
  });

  it('makes nothing again that would not get twice its time, and begins nothing at the end', () => {
    const { storage, pace, pass } = pacing({ rows: 640_000 });
    for (const group of ['dummy', 'linear', 'lrnn', 'xgboost', 'mlp']) trial(storage, group, 1, { rows: 20_000 });
    pass(50);
    expect(pace.again(), 'too little time to be worth it').to.equal(null);
    const { limitMs, rows } = pace.allot({ group: 'xgboost', origin: AGAIN });
    expect(limitMs! * 5, 'and none for another one behind it').to.be.closeTo(0.92 * 10_000, 1);
    expect(rows).to.be.within(20_000, 40_000);
    expect(pace.isOver).to.equal(false);
    pass(9.5);
    expect(pace.isOver).to.equal(true);
    expect(pace.again()).to.equal(null);
  });

  it('is never over before there is a model, also where reading took all the time', () => {
    const { storage, pace } = pacing({ rows: 640_000 }, 2 * SECONDS);
    expect(pace.isOver).to.equal(false);
    expect(pace.allot(first('dummy')).limitMs).to.be.greaterThan(0);
    trial(storage, 'dummy', 1, { rows: 20_000 });
    expect(pace.isOver).to.equal(true);
  });
});

import { expect } from 'chai';

import { optionsFromCommand, splitNames, withoutFolders } from '../../src/run/command-line.js';
import type { FitOptions } from '../../src/run/contract.js';
import { checkOptions, commandFor } from '../../src/run/fit/options.js';

describe('optionsFromCommand', () => {
  const round = (options: FitOptions, resume = false): FitOptions =>
    optionsFromCommand(commandFor(checkOptions(options), resume));

  it('reads back what commandFor wrote, whatever names are made of', () => {
    const options: FitOptions = {
      data: "it's a file.csv",
      target: '-price "net", $x\\',
      task: 'binary',
      metric: 'auc',
      trials: 12,
      folds: 3,
      holdout: 0.1,
      refit: false,
      seed: 7,
      models: ['lrnn', 'ensemble'],
      group: 'who',
      time: 'when',
      weights: 'count',
      classWeights: 'balanced',
      warmStart: 'auto',
      ignore: ['a, b', '"q"', ' spaced '],
      types: { 'x=y': 'numeric', 'p,q': 'categorical', s: 'ordinal(low<"<=5, or so"<high)' },
      workers: 2,
      engine: 'wasm',
      parallel: 40,
      out: 'reports/new one',
    };
    const back = round(options, true);
    for (const [key, value] of Object.entries(options)) expect(back[key as keyof FitOptions], key).to.deep.equal(value);
  });

  it('reads back how the file was read, so that a page can go on with such a study', () => {
    const reading: Partial<FitOptions> = {
      delimiter: '\t',
      decimal: ',',
      encoding: 'latin1',
      comment: ' ',
      header: 3,
      sheet: 'Sheet 2',
      missing: ['-999', 'none, really'],
    };
    expect(round({ data: 'a.csv', target: 'y', ...reading })).to.deep.include(reading);
  });

  it('reads a time budget and leaves out what was left to its default', () => {
    expect(round({ data: 'a.csv', target: 'y', timeBudgetMs: 90_500 })).to.deep.equal({
      data: 'a.csv',
      target: 'y',
      timeBudgetMs: 90_500,
      seed: 0,
      out: 'reports/a',
    });
  });

  it('refuses what another version wrote', () => {
    expect(() => optionsFromCommand('lrnn fit a.csv --target y --quantum 3')).to.throw(
      'resume: options of the study must be known, got "--quantum". Go on with it on the command line.',
    );
  });
});

describe('splitNames', () => {
  it('cuts at commas outside quotes', () => {
    expect(splitNames(' id, "price, net" ,"say ""hi""",')).to.deep.equal(['id', 'price, net', 'say "hi"']);
    expect(splitNames('')).to.deep.equal([]);
  });
});

describe('withoutFolders', () => {
  it('leaves the folders of paths out and where a Redis is, and nothing else', () => {
    const given = {
      target: 'net/gross',
      ignore: ['a/b'],
      types: { 'c/d': 'numeric' },
      metric: 'auc',
      seed: 3,
    } as const;
    for (const [data, name] of [
      ['/home/me/secret project/rows of may.csv', 'rows of may.csv'],
      ["/home/it's me/a.csv", 'a.csv'],
      ['C:\\Users\\me\\a.csv', 'a.csv'],
      ['/home/me/-odd.csv', './-odd.csv'],
      ['-odd.csv', './-odd.csv'],
      ['a.csv', 'a.csv'],
    ]) {
      const options = { ...given, data, out: `/home/me/reports/one`, warmStart: '/home/me/reports/' };
      const line = withoutFolders(commandFor(checkOptions(options), false));
      const wanted = { ...given, data: name, out: 'one', warmStart: 'reports' };
      expect(optionsFromCommand(line), line).to.deep.include(wanted);
      expect(line).to.not.match(/home|Users/);
    }
    const far = { ...given, data: 'a.csv', out: 'one', redis: 'redis://ann@10.0.0.5/2', shared: '/srv/shared' };
    const near = withoutFolders(commandFor(checkOptions(far), false));
    expect(optionsFromCommand(near)).to.deep.include({ ...given, deterministic: true, out: 'one' });
    expect(near).to.not.match(/redis|10\.0|shared/);
    const odd = withoutFolders(commandFor(checkOptions({ data: 'a.csv', target: 'y', out: '-x/-y' }), false));
    expect(odd).to.equal('lrnn fit a.csv --target y --seed 0 --out=./-y');
  });
});

import { expect } from 'chai';

import { parseArgs } from '../../../src/cli/args.js';
import { optionsFromCommand } from '../../../src/run/command-line.js';
import { checkOptions, commandFor, studyNameFor } from '../../../src/run/fit/options.js';
import type { FitOptions } from '../../../src/run/index.js';

/** The words of a POSIX command line. */
function shellWords(line: string): string[] {
  const words = line.match(/(?:'[^']*'|\\.|[^\s'\\])+/g) ?? [];
  return words.map((word) =>
    word.replace(/'([^']*)'|\\(.)/g, (_all, quoted: string, escaped: string) => quoted ?? escaped),
  );
}

describe('commandFor', () => {
  it('writes a command line that the command line reads back to the same options', () => {
    const options: FitOptions = {
      data: '-odd name.csv',
      target: '--y',
      task: 'binary',
      metric: 'auc',
      trials: 7,
      folds: 4,
      holdout: 0.3,
      seed: 9,
      models: ['lrnn', 'linear'],
      time: "it's when",
      ignore: ['b, comma', 'say "hi"', ' edge', 'plain'],
      types: { 'a,b': 'categorical', 'x=y': 'text', z: 'ordinal("a,b"<"<1=2"<c)' },
      delimiter: '\t',
      decimal: ',',
      encoding: 'shift_jis',
      comment: '#',
      header: 3,
      missing: ['-999', 'none, really'],
      workers: 3,
      engine: 'wasm',
      parallel: 40,
      out: 'reports/ünï code',
    };
    const line = commandFor(checkOptions(options), true);
    const parsed = parseArgs(shellWords(line).slice(1));
    expect(parsed.command).to.equal('fit');
    const read = (parsed as { options: FitOptions }).options;
    expect({ ...read }).to.deep.include({ ...options, data: './-odd name.csv', resume: true });
  });
});

describe('checkOptions', () => {
  it('refuses an option that nobody reads, with the nearest that somebody does', () => {
    const options = { data: 'a.csv', target: 'y', timeBudget: 9 } as FitOptions;
    expect(() => checkOptions(options)).to.throw(
      'fit: every option must be known, got "timeBudget". Did you mean timeBudgetMs?',
    );
  });

  it('makes a search over other machines deterministic, and keeps their password out of its command line', () => {
    const options = { data: 'a.csv', target: 'y', redis: 'redis://ann:secret@here/2' };
    const checked = checkOptions(options);
    expect(checked.engine).to.equal('wasm-simd');
    expect(commandFor(checked, false)).to.match(/ --deterministic --redis redis:\/\/ann@here:6379\/2 --out /);
    expect(commandFor(checked, false)).not.to.include('secret');
    expect(() => checkOptions({ ...options, workers: 2 })).to.throw('workers: has no meaning with redis');
    expect(() => checkOptions({ ...options, engine: 'webgpu' })).to.throw('engine: must be auto or wasm');
    expect(() => checkOptions({ ...options, redis: 'here' })).to.throw('redis: must be a URL such as');
  });

  it('takes a folder that all machines see with a Redis only, and keeps it in its command line', () => {
    const options = { data: 'a.csv', target: 'y', shared: '/mnt/shared folder' };
    expect(() => checkOptions(options)).to.throw('shared: has no meaning without redis, got "/mnt/shared folder"');
    const redis = 'redis://here';
    const checked = checkOptions({ ...options, redis });
    expect(commandFor(checked, false)).to.include(" --redis redis://here:6379 --shared '/mnt/shared folder' --out ");
    expect(optionsFromCommand(commandFor(checked, false))).to.include({ shared: options.shared });
    for (const shared of ['', 5 as unknown as string]) {
      expect(() => checkOptions({ ...options, redis, shared })).to.throw('shared: must be the path of a folder');
    }
  });

  it('refuses a number of trials at once that is none', () => {
    for (const parallel of [0, -1, 1.5, 10_001, '4' as unknown as number, NaN]) {
      expect(() => checkOptions({ data: 'a.csv', target: 'y', parallel })).to.throw(
        'parallel: must be a whole number from 1 to 10000',
      );
    }
    expect(checkOptions({ data: 'a.csv', target: 'y', parallel: 1 }).parallel).to.equal(1);
  });

  it('takes a table in memory, and calls its study so', () => {
    expect(checkOptions({ data: [{ a: 1 }], target: 'a' }).out).to.equal('reports/study');
    expect(() => checkOptions({ data: '', target: 'a' })).to.throw('fit: needs the path of a file, got "".');
  });
});

describe('studyNameFor', () => {
  it('makes a plain folder name of any file name', () => {
    expect(studyNameFor('/data/My sales (2024).csv')).to.equal('My-sales-2024');
    expect(studyNameFor('umsätze.TSV')).to.equal('umsätze');
    expect(studyNameFor('cars.jsonl.gz')).to.equal('cars');
    expect(studyNameFor('-')).to.equal('study');
    expect(studyNameFor('..csv')).to.equal('study');
    expect(studyNameFor('../../etc/passwd')).to.equal('passwd');
  });
});

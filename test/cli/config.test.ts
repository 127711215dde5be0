import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect } from 'chai';

import { parseArgs } from '../../src/cli/args.js';
import type { Invocation } from '../../src/cli/commands.js';
import { CONFIG_FILE, configSchema, keyOf, wholeLine } from '../../src/cli/config.js';
import { COMMANDS } from '../../src/cli/options.js';
import { runCommand } from '../../src/cli/run-command.js';
import { ToolkitError } from '../../src/core/index.js';
import type { FitOptions } from '../../src/run/index.js';
import { fakeCommands, fakeTerminal } from './support/terminal.js';

type Fit = Extract<Invocation, { command: 'fit' }>;

describe('lrnn.config.json', () => {
  let folder = '';
  const before_ = process.cwd();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-config-'));
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(before_);
    rmSync(folder, { recursive: true });
  });
  const write = (content: unknown, name = CONFIG_FILE): void =>
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  const fit = (...argv: string[]): Fit => parseArgs(['fit', ...argv]) as Fit;
  const refusal = (...argv: string[]): string => {
    try {
      fit(...argv);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error('not refused');
  };

  it('is not needed', () => expect(fit('a.csv', '--target', 'y')).to.not.have.property('notice'));

  it('says all that the command line may say, as texts, numbers, lists and objects', () => {
    write({
      $schema: './node_modules/lrnn-automl/lrnn.config.schema.json',
      data: 'a file.csv',
      target: '-y',
      timeBudget: '10m',
      models: ['gbdt', 'dummy'],
      ignore: ['price, net', ' id', 'x=y'],
      types: { 'zip, code': 'categorical', note: 'text' },
      monotone: { age: 1, price: -1 },
      costs: { bad: { good: 5 } },
      folds: 3,
      noRefit: true,
      deterministic: false,
    });
    const { options, notice } = fit();
    expect(options).to.deep.include({
      data: 'a file.csv',
      target: '-y',
      timeBudgetMs: 600_000,
      models: ['gbdt', 'dummy'],
      ignore: ['price, net', ' id', 'x=y'],
      folds: 3,
      refit: false,
      deterministic: undefined,
    });
    expect({ ...options.types }).to.deep.equal({ 'zip, code': 'categorical', note: 'text' });
    expect({ ...options.monotone }).to.deep.equal({ age: 1, price: -1 });
    expect(options.costs).to.deep.equal({ bad: { good: 5 } });
    expect(notice).to.equal(
      'Read from lrnn.config.json: data, target, timeBudget, models, ignore, types, monotone, costs, folds, noRefit.',
    );
  });

  it('gives way to the command line, option by option, and a number of trials to a time', () => {
    write({ data: 'a.csv', target: 'y', timeBudget: '10m', seed: 3 });
    const { options, notice } = fit('b.csv', '--seed=4', '--trials', '9');
    expect(options).to.include({ data: 'b.csv', target: 'y', seed: 4, trials: 9 });
    expect(options.timeBudgetMs).to.equal(undefined);
    expect(notice).to.equal('Read from lrnn.config.json: target.');
    expect(fit('--target', 'b.csv').options).to.include({ data: 'a.csv', target: 'b.csv' });
    expect(fit('--', '-').options).to.include({ data: '-' });
    expect(fit('b.csv', '--target', 'z', '--trials', '1', '--seed', '0')).to.not.have.property('notice');
  });

  const asked = ['task', 'quantiles', 'exposure', 'order', 'metric', 'positive', 'costs', 'monotone'] as const;
  /** What of a target or task is left of the file and the line. */
  const left = (file: object, ...line: string[]): object => {
    write({ data: 'a.csv', target: 'y', ...file });
    const { options } = fit(...line);
    return Object.fromEntries(asked.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]));
  };

  it('keeps no word of another task than that of the command line, and every word of the same', () => {
    const quantiles = { quantiles: [0.1, 0.9] };
    expect(left(quantiles, '--task', 'regression')).to.deep.equal({ task: 'regression' });
    expect(left(quantiles, '--task=auto')).to.deep.equal({ task: 'auto' });
    expect(left(quantiles, '--exposure', 'km')).to.deep.equal({ exposure: 'km' });
    expect(left(quantiles, '--order', 'a,b,c')).to.deep.equal({ order: ['a', 'b', 'c'] });
    expect(left(quantiles, '--task', 'quantile')).to.deep.equal({ task: 'quantile', ...quantiles });
    expect(left(quantiles, '--target', 'y')).to.deep.equal(quantiles);
    expect(left({ exposure: 'km' }, '--task', 'regression')).to.deep.equal({ task: 'regression' });
    expect(left({ exposure: 'km' }, '--task', 'count')).to.deep.equal({ task: 'count', exposure: 'km' });
    expect(left({ order: ['a', 'b', 'c'] }, '--task', 'multiclass')).to.deep.equal({ task: 'multiclass' });
    expect(left({ task: 'count' }, '--quantiles', '0.5')).to.deep.equal({ quantiles: [0.5] });
    expect(left({ task: 'quantile' }, '--quantiles', '0.5')).to.deep.equal({ task: 'quantile', quantiles: [0.5] });
    expect(left({ metric: 'mae' }, '--quantiles', '0.5')).to.deep.equal({ quantiles: [0.5] });
    expect(left({ ...quantiles, metric: 'pinball' }, '--task', 'auto')).to.deep.equal({ task: 'auto' });
    expect(left({ task: 'binary', metric: 'auc', positive: 'yes' }, '--task', 'auto')).to.deep.equal({
      task: 'auto',
      metric: 'auc',
      positive: 'yes',
    });
    const binary = { metric: 'auc', positive: 'yes', costs: { yes: { no: 5 } }, monotone: { age: 1 } } as const;
    expect(left(binary, '--task', 'regression')).to.deep.equal({ task: 'regression', monotone: { age: 1 } });
    expect(left(binary, '--task', 'multiclass')).to.not.have.any.keys('positive', 'monotone');
    expect(left(binary, '--task', 'binary')).to.have.keys('task', 'metric', 'positive', 'costs', 'monotone');
    expect(left({ metric: 'mae' }, '--task', 'regression')).to.have.property('metric', 'mae');
    expect(left({ metric: 'nonsense' }, '--task', 'regression')).to.have.property('metric', 'nonsense');
    expect(fit('--task', 'regression').notice).to.equal('Read from lrnn.config.json: data, target, metric.');
  });

  it('says nothing of another target than that of the command line, and which words that were', () => {
    const file = { task: 'binary', metric: 'auc', positive: 'yes', costs: { yes: { no: 5 } }, monotone: { age: 1 } };
    expect(left(file, '--target', 'z')).to.deep.equal({});
    expect(left({ ...file, seed: 3 }, '--target', 'z', '--metric', 'mae')).to.deep.equal({ metric: 'mae' });
    expect(fit('--target', 'z', '--metric', 'mae').notice).to.equal(
      'Read from lrnn.config.json: data, seed. Not taken from lrnn.config.json, as the command line asks for another target: task, positive, costs, monotone.',
    );
    write({ quantiles: [0.5] });
    expect(fit('a.csv', '--target', 'z').options.quantiles).to.deep.equal([0.5]);
    expect(fit('a.csv', '--target', 'z', '--task', 'count').notice).to.equal(
      'Not taken from lrnn.config.json, as the command line asks for another task: quantiles.',
    );
    write({ workers: 2, classWeights: 'balanced' });
    const { options } = fit('a.csv', '--target', 'z', '--redis', 'redis://x', '--costs', '[[0,1],[5,0]]');
    expect(options).to.include({ workers: undefined, classWeights: undefined });
  });

  it('is named by the errors that its words cause, and by no others', async () => {
    write({ data: 'a.csv', target: 'y', folds: 1, quantiles: [0.5] });
    expect(refusal()).to.match(/^--folds: must be .*, got "1"\. From lrnn.config.json: folds\.$/);
    expect(refusal('--folds', '1')).to.match(/, got "1"\.$/);
    const told = async (error: Error, ...line: string[]): Promise<string> => {
      const terminal = fakeTerminal();
      const fails = () => Promise.reject(error);
      expect(await runCommand(['fit', ...line], fakeCommands({ fit: fails }), terminal)).to.not.equal(0);
      return terminal.stderr.text().trimEnd();
    };
    const pinball = new ToolkitError('usage', { where: 'metric', rule: 'must be pinball', got: 'rmse' });
    expect(await told(pinball, '--folds=3', '--metric', 'rmse', '--quiet')).to.equal(
      'metric: must be pinball, got "rmse". From lrnn.config.json: quantiles.',
    );
    const absent = new ToolkitError('data', { where: 'target', rule: 'must be there', got: 'y', hint: 'Or so.' });
    expect(await told(absent, '--folds=3')).to.match(/got "y"\. Or so\. From lrnn.config.json: target\.$/);
    expect(await told(absent, '--folds=3', '--target=z')).to.match(/Or so\.$/);
    const noFile = new ToolkitError('data', { where: 'a.csv', rule: 'file must exist' });
    expect(await told(noFile, '--folds=3')).to.match(/: file must exist\. From lrnn.config.json: data\.$/);
    const state = new ToolkitError('state', { where: 'target', rule: 'must wait' });
    expect(await told(state, '--folds=3')).to.match(/must wait\.$/);
  });

  it('may have another name, and then must be there', () => {
    write({ data: 'a.csv', target: 'y' }, 'other.json');
    expect(fit('--config', 'other.json').options).to.include({ data: 'a.csv', target: 'y' });
    expect(fit('--config=other.json').notice).to.match(/^Read from other.json: /);
    expect(refusal('--config', 'none.json')).to.equal(
      '--config: file must be readable, got "none.json". lrnn init writes one.',
    );
    expect(refusal('a.csv', '--config')).to.equal('--config: needs a value (FILE).');
  });

  it('may be in another folder, from which its paths go', () => {
    mkdirSync(join(folder, 'p'));
    writeFileSync(join(folder, 'p', 'costs.json'), '{"yes":{"no":5}}');
    const paths = { out: 'o', warmStart: '../w', shared: '/s', costs: 'costs.json' };
    write({ data: 'a.csv', target: 'y', redis: 'redis://x', ...paths }, 'p/c.json');
    const { options } = fit('--config', 'p/c.json');
    expect(options).to.include({ data: 'p/a.csv', out: 'p/o', warmStart: 'w', shared: '/s' });
    expect(options.costs).to.deep.equal({ yes: { no: 5 } });
    expect(fit('b.csv', '--config', 'p/c.json', '--out', 'o').options).to.include({ data: 'b.csv', out: 'o' });
    write({ data: '-', target: 'y', costs: '[[0,1],[5,0]]' }, 'p/c.json');
    expect(fit(`--config=${join(folder, 'p', 'c.json')}`).options).to.deep.include({
      data: '-',
      costs: [
        [0, 1],
        [5, 0],
      ],
    });
  });

  it('may begin with a byte order mark, and says nothing by what is empty', () => {
    const empty = { ignore: [], models: [], missing: [], quantiles: [], types: {}, monotone: {}, costs: {} };
    write(`\uFEFF${JSON.stringify({ data: 'a.csv', target: 'y', ...empty })}`);
    const { options, notice } = fit();
    for (const key of Object.keys(empty) as (keyof typeof empty)[]) expect(options[key], key).to.equal(undefined);
    expect(notice).to.equal('Read from lrnn.config.json: data, target.');
  });

  it('is refused where it is no object of known options with values that can be', () => {
    for (const [content, sentence] of [
      ['{', /^lrnn.config.json: must be JSON\. /],
      ['[]', /^lrnn.config.json: must hold one JSON object, got \[\]\.$/],
      ['null', /^lrnn.config.json: must hold one JSON object, got null\.$/],
      [{ data: 'a.csv', target: 'y', trails: 3 }, /got "trails"\. Did you mean trials\?$/],
      [{ data: 'a.csv', target: 'y', resume: true }, /every option must be known, got "resume"/],
      [{ data: 3, target: 'y' }, /data must be the path of a file, got 3/],
      [{ data: 'a.csv', target: null }, /target must be a text, a number, a list or an object of such, got null/],
      [{ data: 'a.csv', target: 'y', noRefit: 'yes' }, /noRefit must be true or false, got "yes"/],
      [{ data: 'a.csv', target: 'y', folds: 1 }, /^--folds: must be a whole number from 2 to 100, got "1"/],
      [{ data: 'a.csv', target: 'y', ignore: [{}] }, /ignore must be a text/],
      [{ data: 'a.csv', target: 'y', ignore: [['a']] }, /ignore must be a text/],
      [{ target: 'y' }, /^lrnn fit: needs <data.csv>/],
      [{ data: 'a.csv' }, /^lrnn fit: needs --target COLUMN/],
      ['{"__proto__":{"a":1}}', /every option must be known, got "__proto__"/],
    ] as const) {
      write(content);
      expect(refusal()).to.match(sentence);
    }
  });

  it('is shown in one line when a fit begins, and never on standard output', async () => {
    write({ data: 'a.csv', target: 'y' });
    const told = async (...more: string[]): Promise<[string, string]> => {
      const terminal = fakeTerminal();
      const inspect = () => Promise.reject(new Error('enough'));
      await runCommand(['fit', '--dry-run', ...more], fakeCommands({ inspect }), terminal);
      return [terminal.stdout.text(), terminal.stderr.text()];
    };
    expect((await told())[1]).to.match(/^Read from lrnn.config.json: data, target.\n/);
    expect((await told('--json'))[0]).to.equal('');
    expect((await told('--quiet'))[1]).to.not.contain('Read from');
  });

  it('is not read where --config none says so, by lines that are printed to go on with neither', async () => {
    write({ data: 'a.csv', target: 'y', folds: 10, noRefit: true, deterministic: true });
    const line = 'lrnn fit b.csv --target z --out reports/b --resume';
    const fitLine = wholeLine(line).split(' ').slice(2);
    expect(fit(...fitLine)).to.not.have.property('notice');
    const { options } = fit(...fitLine);
    expect(options).to.include({ data: 'b.csv', target: 'z', resume: true });
    const { folds, refit, deterministic } = options;
    expect([folds, refit, deterministic]).to.deep.equal([undefined, undefined, undefined]);
    // What is printed after Ctrl-C.
    const terminal = fakeTerminal();
    const stopped = ({ signal }: FitOptions) =>
      new Promise<never>((_, reject) =>
        signal!.addEventListener('abort', () => reject(Object.assign(new Error(), { resume: line }))),
      );
    const running = runCommand(['fit', '--folds', '5'], fakeCommands({ fit: stopped }), terminal);
    terminal.interrupt();
    expect(await running).to.equal(130);
    expect(terminal.stderr.text()).to.contain(`Go on with:\n  ${line} --config none\n`);
    rmSync(CONFIG_FILE);
    expect(wholeLine(line)).to.equal(line);
  });

  it('is written by init, once, with what init was told, and fit takes it', async () => {
    const terminal = fakeTerminal();
    expect(await runCommand(['init', 'a.csv', '--target', 'y'], fakeCommands({}), terminal)).to.equal(0);
    expect(terminal.stdout.text()).to.equal('Wrote lrnn.config.json. lrnn fit takes its options from there.\n');
    expect(fit().options).to.include({ data: 'a.csv', target: 'y', timeBudgetMs: 120_000, seed: 0 });
    const again = fakeTerminal();
    expect(await runCommand(['init'], fakeCommands({}), again)).to.equal(4);
    expect(again.stderr.text()).to.match(/^init: must not write over a file, got "lrnn.config.json"/);
    rmSync(CONFIG_FILE);
    const bare = fakeTerminal();
    await runCommand(['init'], fakeCommands({}), bare);
    expect(bare.stdout.text()).to.include('Say data and target there or to lrnn fit.');
  });

  it('has a schema that is shipped and names every option', async () => {
    const schema = JSON.parse(JSON.stringify(configSchema())) as { properties: Record<string, { type?: unknown }> };
    const shipped = resolve(import.meta.dirname, '../../lrnn.config.schema.json');
    expect(existsSync(shipped)).to.equal(true);
    const text = readFileSync(shipped, 'utf8');
    expect(JSON.parse(text), 'run: npm run build && npm run api').to.deep.equal(schema);
    const terminal = fakeTerminal();
    await runCommand(['init', '--schema'], fakeCommands({}), terminal);
    expect(JSON.parse(terminal.stdout.text())).to.deep.equal(schema);
    expect(existsSync(join(folder, CONFIG_FILE))).to.equal(false);
    const kept = COMMANDS.fit.options.map(({ name }) => keyOf(name));
    const once = ['config', 'resume', 'dryRun', 'json', 'quiet'];
    expect(Object.keys(schema.properties).sort()).to.deep.equal(
      ['$schema', 'data', ...kept.filter((key) => !once.includes(key))].sort(),
    );
    expect(schema.properties.trials.type).to.equal('number');
    expect(schema.properties.noRefit.type).to.equal('boolean');
  });
});

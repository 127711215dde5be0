import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect } from 'chai';

import { parseArgs } from '../../src/cli/args.js';
import type { Invocation } from '../../src/cli/commands.js';
import { CONFIG_FILE, configSchema, keyOf } from '../../src/cli/config.js';
import { COMMANDS } from '../../src/cli/options.js';
import { runCommand } from '../../src/cli/run-command.js';
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

  it('may have another name, and then must be there', () => {
    write({ data: 'a.csv', target: 'y' }, 'other.json');
    expect(fit('--config', 'other.json').options).to.include({ data: 'a.csv', target: 'y' });
    expect(fit('--config=other.json').notice).to.match(/^Read from other.json: /);
    expect(refusal('--config', 'none.json')).to.equal(
      '--config: file must be readable, got "none.json". lrnn init writes one.',
    );
    expect(refusal('a.csv', '--config')).to.equal('--config: needs a value (FILE).');
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

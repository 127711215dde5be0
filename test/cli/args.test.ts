import { availableParallelism } from 'node:os';

import { expect } from 'chai';
import fc from 'fast-check';

import { parseArgs } from '../../src/cli/args.js';
import type { Invocation } from '../../src/cli/commands.js';
import { COMMAND_NAMES } from '../../src/cli/commands.js';
import { helpText } from '../../src/cli/help.js';
import { COMMANDS } from '../../src/cli/options.js';
import { ToolkitError } from '../../src/core/index.js';

const parse = (line: string): Invocation => parseArgs(line === '' ? [] : line.split(' '));

function fitOptions(line: string) {
  const invocation = parse(`fit a.csv --target y ${line}`.trim());
  if (invocation.command !== 'fit') throw new Error(`not a fit: ${invocation.command}`);
  return invocation.options;
}

/** The one sentence of a usage error. */
function refusal(argv: readonly string[]): string {
  try {
    parseArgs(argv);
  } catch (error) {
    expect(error).to.be.instanceOf(ToolkitError);
    expect((error as ToolkitError).kind).to.equal('usage');
    return (error as ToolkitError).message;
  }
  throw new Error(`was accepted: ${argv.join(' ')}`);
}

const refused = (line: string): string => refusal(line.split(' '));

describe('parseArgs', () => {
  describe('of nothing and of help', () => {
    it('takes no words for a wish for help', () => expect(parse('')).to.deep.equal({ command: 'help', topic: null }));

    it('knows --help, -h and help, alone, with a command and after one', () => {
      for (const line of ['--help', '-h', 'help']) expect(parse(line)).to.deep.equal({ command: 'help', topic: null });
      for (const line of ['help fit', '--help fit', 'fit --help', 'fit -h', 'fit a.csv --target y --help']) {
        expect(parse(line), line).to.deep.equal({ command: 'help', topic: 'fit' });
      }
    });

    it('knows --version', () => expect(parse('--version')).to.deep.equal({ command: 'version' }));

    it('names every option of every command in its help, with the exit codes', () => {
      for (const name of COMMAND_NAMES) {
        const text = helpText(name);
        for (const option of COMMANDS[name].options) expect(text).to.include(`  ${option.name}`);
        expect(text).to.include(`Usage: lrnn ${name}`).and.to.include('130 interrupted');
        expect(helpText(null)).to.include(`  ${name} `);
        for (const line of helpText(name, 90).split('\n\n')[2].split('\n')) expect(line.length, line).to.be.at.most(90);
        expect(helpText(name, 90).replace(/\s+/g, ' ')).to.equal(helpText(name).replace(/\s+/g, ' '));
      }
    });

    it('gives examples that parse', () => {
      for (const name of COMMAND_NAMES) {
        for (const example of COMMANDS[name].examples) {
          expect(parseArgs(example.split(' ').slice(1))).to.have.property('command', name);
        }
      }
    });
  });

  describe('of unknown words', () => {
    it('suggests the nearest command', () => {
      expect(refused('fti a.csv')).to.equal(
        'lrnn: the command must be one of fit, predict, serve, show, export, verify, worker, doctor, init, completion, got "fti". Did you mean fit?',
      );
      expect(refused('train a.csv')).to.include('lrnn --help says what each of them does.');
    });

    it('says where options go when one comes first', () => {
      expect(refused('--target y fit a.csv')).to.include('Options come after the command');
    });

    it('suggests the nearest option', () => {
      expect(refused('fit a.csv --taget y')).to.equal(
        'lrnn fit: every option must be known, got "--taget". Did you mean --target?',
      );
    });

    it('names the command that an option belongs to', () => {
      expect(refused('show reports/a --port 3')).to.include('It belongs to lrnn serve.');
    });

    it('lists the options when nothing is near', () => {
      expect(refused('show reports/a --frobnicate')).to.include('The options of show are --json, --help.');
    });

    it('refuses short options that do not exist', () => expect(refused('fit a.csv -t y')).to.include('got "-t"'));
  });

  describe('of arguments', () => {
    it('names the missing one, with the usage', () => {
      expect(refused('fit --target y')).to.equal(
        'lrnn fit: needs <data.csv>. Usage: lrnn fit <data.csv> --target <column>.',
      );
      expect(refused('predict model.safetensors')).to.include('needs <rows.csv>.');
      expect(refused('export')).to.include('needs <study folder>.');
      expect(parse('show')).to.deep.equal({ command: 'show', folder: 'reports', json: false });
    });

    it('refuses a surplus one', () => {
      expect(refused('fit my data.csv --target y')).to.equal(
        'lrnn fit: takes <data.csv> and no more, got "data.csv". Put quotes around a name with spaces in it.',
      );
      expect(refused('doctor who')).to.include('takes no argument, got "who"');
    });

    it('takes everything after -- as it stands', () => {
      expect(parseArgs(['show', '--', '--json'])).to.deep.equal({ command: 'show', folder: '--json', json: false });
    });
  });

  describe('of fit', () => {
    it('leaves everything open that was not given', () => {
      const { data, target, resume, ...open } = fitOptions('');
      expect({ data, target, resume }).to.deep.equal({ data: 'a.csv', target: 'y', resume: false });
      expect(Object.values(open).every((value) => value === undefined)).to.equal(true);
    });

    it('reads every option, with a space and with =', () => {
      const words = {
        task: 'binary',
        metric: 'logloss',
        trials: 12,
        folds: 4,
        holdout: 0.25,
        seed: 7,
        models: ['lrnn', 'dummy'],
        group: 'g',
        time: 't',
        ignore: ['a', 'b'],
        types: { zip: 'categorical' },
        workers: 3,
        engine: 'wasm',
        out: 'reports/x',
        resume: true,
      };
      const given = (glue: string): string =>
        [
          ['task', 'binary'],
          ['metric', 'logloss'],
          ['trials', '12'],
          ['folds', '4'],
          ['holdout', '.25'],
          ['seed', '7'],
          ['models', 'lrnn,dummy'],
          ['group', 'g'],
          ['time', 't'],
          ['ignore', 'a,b'],
          ['types', 'zip=categorical'],
          ['workers', '3'],
          ['engine', 'wasm'],
          ['out', 'reports/x'],
        ]
          .map(([name, value]) => `--${name}${glue}${value}`)
          .join(' ');
      for (const glue of [' ', '=']) {
        expect(JSON.parse(JSON.stringify(fitOptions(`${given(glue)} --resume`)))).to.deep.equal({
          data: 'a.csv',
          target: 'y',
          ...words,
        });
      }
    });

    it('knows its switches', () => {
      expect(parse('fit a.csv --target y --dry-run --json --quiet')).to.include({
        dryRun: true,
        json: true,
        quiet: true,
      });
      expect(parse('fit a.csv --target y')).to.include({ dryRun: false, json: false, quiet: false });
      expect(fitOptions('--no-refit').refit).to.equal(false);
      expect(refused('fit a.csv --target y --json=no')).to.equal('--json: takes no value, got "no".');
    });

    it('keeps names as they are: spaces, equals signs, dashes', () => {
      const invocation = parseArgs(['fit', 'my data.csv', '--target=a=b', '--group', '-g', '--out', 'über/straße']);
      expect(invocation).to.have.nested.property('options.target', 'a=b');
      expect(invocation).to.have.nested.property('options.group', '-g');
      expect(invocation).to.have.nested.property('options.out', 'über/straße');
    });

    it('needs a target', () => {
      expect(refused('fit a.csv')).to.equal('lrnn fit: needs --target COLUMN. lrnn fit --help says more.');
      expect(refused('fit a.csv --target')).to.equal('--target: needs a value (COLUMN).');
      expect(refused('fit a.csv --target --json')).to.equal('--target: needs a value (COLUMN).');
      expect(refused('fit a.csv --target=')).to.equal('--target: needs a value (COLUMN).');
    });

    it('refuses an option that is given twice', () => {
      expect(refused('fit a.csv --target y --seed 1 --seed 2')).to.equal('--seed: must be given once.');
    });

    it('takes trials or a time budget, not both', () => {
      expect(refused('fit a.csv --target y --trials 5 --time-budget 10m')).to.equal(
        'lrnn fit: takes --trials or --time-budget, not both.',
      );
    });

    const ranges: [string, string[], string][] = [
      ['--trials', ['0', '-3', '2.5', 'many', '0x10', '1e9', 'NaN'], 'a whole number from 1 to 1000000'],
      ['--folds', ['1', '101', 'five'], 'a whole number from 2 to 100'],
      ['--holdout', ['-0.1', '0.6', '20%', 'Infinity'], 'a number from 0 to 0.5'],
      ['--seed', ['-1', '4294967296', '1.5'], 'a whole number from 0 to 4294967295'],
      ['--workers', ['0', '257'], 'a whole number from 1 to 256'],
    ];
    for (const [option, wrong, rule] of ranges) {
      it(`holds ${option} to its range`, () => {
        for (const text of wrong) {
          expect(refusal(['fit', 'a.csv', '--target', 'y', option, text])).to.equal(
            `${option}: must be ${rule}, got "${text}".`,
          );
        }
      });
    }

    it('reads durations in seconds, minutes, hours and plain seconds', () => {
      const read = (text: string) => fitOptions(`--time-budget ${text}`).timeBudgetMs;
      expect([read('90s'), read('10m'), read('2h'), read('45'), read('1.5m')]).to.deep.equal([
        90_000, 600_000, 7_200_000, 45_000, 90_000,
      ]);
    });

    it('refuses what is no duration', () => {
      for (const text of ['10 m', '5d', 'm', '1h30m', '-5s', '10M', '1e3']) {
        expect(refusal(['fit', 'a.csv', '--target', 'y', '--time-budget', text])).to.equal(
          `--time-budget: must be a time such as 90s, 10m or 2h, got "${text}".`,
        );
      }
      expect(refused('fit a.csv --target y --time-budget 0')).to.include('must be at least one second');
    });

    it('suggests the nearest word where words are fixed', () => {
      expect(refused('fit a.csv --target y --models lrn,mlp')).to.equal(
        '--models: must be lrnn, mlp, gbdt, extratrees, xgboost, knn, linear, dummy or ensemble, got "lrn". Did you mean lrnn?',
      );
      expect(refused('fit a.csv --target y --task classification')).to.equal(
        '--task: must be auto, regression, binary, multiclass, quantile, count or ordinal, got "classification".',
      );
      expect(refused('fit a.csv --target y --engine gpu')).to.include('auto, wasm, webgpu or cuda');
      expect(refused('fit a.csv --target y --types zip=categoric')).to.include('Did you mean categorical?');
    });

    it('reads lists with commas and equals signs in the names', () => {
      const ignore = parseArgs(['fit', 'a.csv', '--target', 'y', '--ignore', '"price, net", id ,"say ""hi"""']);
      expect(ignore).to.have.nested.property('options.ignore').that.deep.equals(['price, net', 'id', 'say "hi"']);
      const types = parseArgs(['fit', 'a.csv', '--target', 'y', '--types', 'a=b=numeric,"c,d"=text,__proto__=id']);
      const kinds = (types as { options: { types: object } }).options.types;
      expect(Object.entries(kinds)).to.deep.equal([
        ['a=b', 'numeric'],
        ['c,d', 'text'],
        ['__proto__', 'id'],
      ]);
    });

    it('reads orders of levels, in which commas and signs stand in quotes', () => {
      const list = 'a=b=ordinal(low<"1,5 <= x"<high),size=ordinal,c=numeric';
      const types = parseArgs(['fit', 'a.csv', '--target', 'y', '--types', list]);
      expect(Object.entries((types as { options: { types: object } }).options.types)).to.deep.equal([
        ['a=b', 'ordinal(low<"1,5 <= x"<high)'],
        ['size', 'ordinal'],
        ['c', 'numeric'],
      ]);
      expect(refused('fit a.csv --target y --types size=ordinal(low)')).to.include('two different levels or more');
    });

    it('refuses lists with holes', () => {
      for (const text of [',', 'a,,b', 'a,', ',a', ' ']) {
        expect(refusal(['fit', 'a.csv', '--target', 'y', '--ignore', text]), text).to.include(
          'must be names separated by commas',
        );
      }
      for (const text of ['zip', '=text', 'zip=']) {
        expect(refusal(['fit', 'a.csv', '--target', 'y', '--types', text])).to.include('must be pairs such as');
      }
    });

    it('reads any names back that were quoted', () => {
      fc.assert(
        fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 }), (names) => {
          const list = names.map((name) => `"${name.replaceAll('"', '""')}"`).join(',');
          const invocation = parseArgs(['fit', 'a.csv', '--target', 'y', `--ignore=${list}`]);
          expect(invocation).to.have.nested.property('options.ignore').that.deep.equals(names);
        }),
        { seed: Number(process.env.TEST_SEED ?? 1) },
      );
    });
  });

  describe('of the other commands', () => {
    it('reads predict', () => {
      expect(parse('predict m.safetensors rows.csv')).to.deep.equal({
        command: 'predict',
        model: 'm.safetensors',
        rows: 'rows.csv',
        out: null,
        strict: false,
      });
      expect(parse('predict m rows.csv --delimiter tab --encoding gbk --comment \\x23 --header 2')).to.deep.include({
        delimiter: '\t',
        encoding: 'gbk',
        comment: '#',
        header: 2,
      });
      for (const [word, sign] of [
        [',', ','],
        ['comma', ','],
        ['.', '.'],
      ])
        expect(parse(`predict m rows.csv --decimal ${word}`)).to.have.property('decimal', sign);
      expect(refused('fit rows.csv --target y --decimal ;')).to.equal('--decimal: must be "," or ".", got ";".');
      expect(refused('predict m rows.csv --delimiter ab')).to.equal(
        '--delimiter: must be one sign, tab or space, got "ab".',
      );
      expect(parse('predict m rows.csv --strict')).to.have.property('strict', true);
      expect(parse('predict m rows.csv -o out.csv')).to.have.property('out', 'out.csv');
      expect(refused('predict m rows.csv -o')).to.equal('-o: needs a value (FILE).');
    });

    it('reads serve, with its defaults', () => {
      expect(parse('serve')).to.deep.equal({
        command: 'serve',
        reportsFolder: 'reports',
        mustExist: false,
        port: 3000,
        host: '127.0.0.1',
        models: [],
        strict: false,
        token: undefined,
        noAuth: false,
        readOnly: false,
        redis: undefined,
        shared: undefined,
        publicUrl: undefined,
        allowHosts: [],
        trustProxies: [],
        rateLimit: undefined,
        maxStreams: undefined,
        log: false,
        workers: undefined,
        drainMs: 5000,
      });
      const shared = parse(
        'serve --host 0.0.0.0 --token abc --read-only --public-url https://a.b --allow-host c,d --log',
      );
      expect(shared).to.deep.include({
        token: 'abc',
        readOnly: true,
        publicUrl: 'https://a.b',
        allowHosts: ['c', 'd'],
      });
      expect(shared).to.deep.include({ log: true, noAuth: false });
      expect(parse('serve --trust-proxy loopback,10.0.0.0/8 --rate-limit 0 --max-streams 7')).to.deep.include({
        trustProxies: ['loopback', '10.0.0.0/8'],
        rateLimit: 0,
        maxStreams: 7,
      });
      expect(refused('serve --rate-limit -1')).to.include('must be a whole number from 0 to 1000000');
      expect(refused('serve --model m --max-streams 5')).to.include('takes --max-streams only without --model');
      expect(refused('serve --token a --no-auth')).to.include('takes --token or --no-auth, not both');
      expect(refused('serve --model m --read-only')).to.include('takes --read-only only without --model');
      expect(parse('serve --model m --strict')).to.deep.include({ models: [{ name: null, path: 'm' }], strict: true });
      expect(parse('serve --model a=x/m --model b-2=./c=d')).to.deep.include({
        models: [
          { name: 'a', path: 'x/m' },
          { name: 'b-2', path: './c=d' },
        ],
      });
      expect(parse('serve --model ./c=d')).to.deep.include({ models: [{ name: null, path: './c=d' }] });
      expect(refused('serve --model a --model b')).to.equal(
        '--model: several models must have names, got "a". Write NAME=a.',
      );
      expect(refused('serve --model a=x --model a=y')).to.equal('--model: names of models must differ, got "a".');
      expect(refused('serve --model a=')).to.equal('--model: must be FILE or NAME=FILE, got "a=".');
      expect(parse('serve --model m --workers 3 --drain 0')).to.include({ workers: 3, drainMs: 0 });
      expect(parse('serve --model m --drain 1m')).to.include({ drainMs: 60_000 });
      expect(refused('serve --drain 1m')).to.equal('lrnn serve: takes --drain only with --model.');
      expect(parse('serve mine --redis rediss://here --shared /s')).to.include({
        redis: 'rediss://here',
        shared: '/s',
      });
      expect(refused('serve --model m --shared /s')).to.include('takes --shared only without --model');
      expect(refused('serve --model m --redis redis://here')).to.include('takes --redis only without --model');
      expect(refused('serve --model m --workers 0')).to.include('must be a whole number from 1 to 64');
      expect(refused('serve mine --model m')).to.equal('lrnn serve: takes a reports folder or --model, not both.');
      expect(refused('serve --strict')).to.equal('lrnn serve: takes --strict only with --model.');
      expect(parse('serve mine --port 0 --host ::1')).to.include({ reportsFolder: 'mine', port: 0, host: '::1' });
      expect(refused('serve --port 65536')).to.equal('--port: must be a whole number from 0 to 65535, got "65536".');
    });

    it('makes no folder that somebody named', () =>
      expect(parse('serve nope')).to.include({ reportsFolder: 'nope', mustExist: true }));

    it('reads show', () => expect(parse('show r/a --json')).to.include({ command: 'show', folder: 'r/a', json: true }));

    it('reads export, which needs a format', () => {
      expect(parse('export r/a --format safetensors --model lrnn-3 -o m.safetensors')).to.deep.equal({
        command: 'export',
        folder: 'r/a',
        model: 'lrnn-3',
        format: 'safetensors',
        out: 'm.safetensors',
      });
      expect(refused('export r/a')).to.include('needs --format NAME');
      expect(refused('export r/a --format onx')).to.include('Did you mean onnx?');
    });

    it('reads verify', () => {
      expect(parseArgs(['verify', 'model.onnx'])).to.deep.equal({ command: 'verify', path: 'model.onnx' });
    });

    it('reads doctor', () => {
      expect(parse('doctor')).to.deep.equal({ command: 'doctor', redis: null });
      expect(parse('doctor --redis redis://here')).to.deep.equal({ command: 'doctor', redis: 'redis://here' });
    });

    it('reads worker', () => {
      const line =
        'worker --redis redis://here --concurrency 3 --cache tables --shared /s --lock 2m --listen [::]:9464 --quiet';
      expect(parse(line)).to.deep.equal({
        command: 'worker',
        redis: 'redis://here',
        concurrency: 3,
        cache: 'tables',
        shared: '/s',
        lockMs: 120_000,
        listen: { host: '::', port: 9464 },
        quiet: true,
      });
      expect(parse('worker --redis redis://here')).to.include({
        concurrency: availableParallelism(),
        shared: undefined,
        lockMs: undefined,
        listen: null,
      });
      for (const [text, host, port] of [
        ['9464', '127.0.0.1', 9464],
        ['0.0.0.0:80', '0.0.0.0', 80],
        ['node.local:0', 'node.local', 0],
      ] as const) {
        expect(parse(`worker --redis r --listen ${text}`)).to.deep.include({ listen: { host, port } });
      }
      for (const text of ['x', ':9464', '70000', '::1:9464', '9464:', '1:2:3', '-1']) {
        expect(refused(`worker --redis r --listen=${text}`)).to.include('--listen: must be a port, or an address');
      }
      expect(refused('worker')).to.include('needs --redis URL');
      expect(refused('worker --redis redis://here --concurrency 0')).to.include('--concurrency');
    });
  });

  it('never fails with anything but a usage error', () => {
    const word = fc.oneof(
      fc.constantFrom('fit', 'show', '--target', '--', '-o', '--json', '=', '--types', '--ignore', '--trials=1'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word), (argv) => {
        try {
          parseArgs(argv);
        } catch (error) {
          expect(error).to.be.instanceOf(ToolkitError).with.property('kind', 'usage');
        }
      }),
      { seed: Number(process.env.TEST_SEED ?? 1) },
    );
  });
});

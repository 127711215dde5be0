import { expect } from 'chai';

import type { RunEvent } from '../../src/automl/index.js';
import type { Commands, ServeOptions } from '../../src/cli/commands.js';
import { runCommand } from '../../src/cli/run-command.js';
import { ToolkitError } from '../../src/core/index.js';
import type { FilePrediction, FitOptions, Inspection, StudyListEntry } from '../../src/run/index.js';
import { makeEvents, makeStudy } from '../support/studies.js';
import { fakeCommands, fakeOutput, fakeTerminal } from './support/terminal.js';
import { workerStatus } from './support/worker.js';

const study = makeStudy();
const words = (line: string): string[] => (line === '' ? [] : line.split(' '));

/** A fit that tells its events and returns. */
async function wholeFit({ onEvent }: FitOptions) {
  makeEvents(study).forEach((event) => onEvent?.(event));
  return study.summary;
}

const INSPECTION: Inspection = {
  schema: study.schema,
  warnings: ['2 of 804 rows have no "Price" and are left out, the first on line 7'],
  findings: [],
  rowCount: 804,
  columnCount: 2,
  delimiter: ';',
  encoding: 'utf-8',
  target: 'Price',
  task: 'regression',
  metric: 'rmse',
  table: [
    {
      column: 'Price',
      role: 'target',
      kind: 'ignored',
      missing: 2,
      distinct: 798,
      examples: ['17314', '17542'],
      reason: 'regression: 798 distinct numbers',
    },
    {
      column: 'Make',
      role: 'feature',
      kind: 'categorical',
      missing: 0,
      distinct: 6,
      examples: ['Buick'],
      reason: '6 distinct texts',
    },
  ],
};

describe('runCommand', () => {
  it('prints help on standard output when asked, on standard error when nothing was asked', async () => {
    const asked = fakeTerminal();
    expect(await runCommand(['--help'], fakeCommands({}), asked)).to.equal(0);
    expect(asked.stdout.text()).to.include('Usage: lrnn <command>');
    const unasked = fakeTerminal();
    expect(await runCommand([], fakeCommands({}), unasked)).to.equal(2);
    expect(unasked.stdout.text()).to.equal('');
    expect(unasked.stderr.text()).to.include('Usage: lrnn <command>');
  });

  it('prints the version', async () => {
    const terminal = fakeTerminal();
    expect(await runCommand(['--version'], fakeCommands({}), terminal)).to.equal(0);
    expect(terminal.stdout.text()).to.equal('9.8.7\n');
  });

  describe('failures', () => {
    const failing = async (error: unknown) => {
      const terminal = fakeTerminal();
      const commands = fakeCommands({
        doctor: async () => {
          throw error;
        },
      });
      const code = await runCommand(['doctor'], commands, terminal);
      expect(terminal.stdout.text()).to.equal('');
      return { code, text: terminal.stderr.text() };
    };

    it('of each kind have their exit code and one sentence, without a stack trace', async () => {
      for (const [kind, code] of [
        ['usage', 2],
        ['data', 3],
        ['state', 4],
        ['limit', 5],
      ] as const) {
        const error = new ToolkitError(kind, { where: 'csv', rule: 'row 18 must have 9 fields', got: 8 });
        expect(await failing(error)).to.deep.equal({ code, text: 'csv: row 18 must have 9 fields, got 8.\n' });
      }
    });

    it("that the system causes are the user's to mend", async () => {
      const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      expect(await failing(full)).to.deep.equal({
        code: 5,
        text: 'lrnn: the disk must have room. ENOSPC: no space left on device, write.\n',
      });
      expect((await failing(Object.assign(new Error('x'), { code: 'EACCES' }))).code).to.equal(4);
    });

    it('of ours show the stack trace and ask for a report', async () => {
      const { code, text } = await failing(new TypeError('x is not a function'));
      expect(code).to.equal(1);
      expect(text).to.match(/^TypeError: x is not a function\n\s+at /);
      expect(text).to.include('This is a bug in lrnn-automl 9.8.7 (Node v').and.include('Please report it');
      expect((await failing('thrown text')).text).to.include('thrown text\n\nThis is a bug');
      expect((await failing(undefined)).code).to.equal(1);
    });

    it('cannot send control characters', async () => {
      const error = new ToolkitError('data', { where: 'a\u001b[2J', rule: 'must be\nshort' });
      expect((await failing(error)).text).to.equal('a\\u001b[2J: must be\\nshort.\n');
    });
  });

  describe('fit', () => {
    it('passes the options on, shows progress, and ends with the leaderboard', async () => {
      const terminal = fakeTerminal();
      let options: FitOptions | undefined;
      const fit = async (given: FitOptions) => wholeFit((options = given));
      const argv = words('fit cars.csv --target Price --trials 14 --resume');
      expect(await runCommand(argv, fakeCommands({ fit }), terminal)).to.equal(0);
      expect(options).to.include({ data: 'cars.csv', target: 'Price', trials: 14, resume: true });
      const text = terminal.stdout.text();
      expect(text)
        .to.match(/^car-prices: regression by rmse/)
        .and.include('\n14/14 ')
        .and.include('The best is the');
      expect(text).to.include('on 161 rows that no choice has seen').and.include('14 trials in 1m 24s.');
      expect(terminal.stderr.text()).to.equal(`Note: ${study.warnings[0]}.\n`);
      expect(terminal.listeners()).to.equal(0);
    });

    it('prints one JSON object and nothing else with --json', async () => {
      const terminal = fakeTerminal(fakeOutput({ isTTY: true, color: true }));
      const argv = words('fit cars.csv --target Price --json');
      expect(await runCommand(argv, fakeCommands({ fit: wholeFit }), terminal)).to.equal(0);
      expect(JSON.parse(terminal.stdout.text())).to.deep.equal(JSON.parse(JSON.stringify(study.summary)));
    });

    it('prints nothing with --quiet but warnings', async () => {
      const terminal = fakeTerminal(fakeOutput({ isTTY: true }));
      const argv = words('fit cars.csv --target Price --quiet');
      expect(await runCommand(argv, fakeCommands({ fit: wholeFit }), terminal)).to.equal(0);
      expect(terminal.stdout.text()).to.equal('');
      expect(terminal.stderr.text()).to.equal(`Note: ${study.warnings[0]}.\n`);
    });

    /** A fit that runs until it is stopped. */
    const endless = (resume: string | undefined) => (options: FitOptions) =>
      new Promise<never>((_, reject) => {
        options.onEvent?.(makeEvents(study).find(({ type }) => type === 'started') as RunEvent);
        const error = Object.assign(new Error('interrupted'), resume === undefined ? {} : { study: 'a', resume });
        options.signal?.addEventListener('abort', () => reject(error));
      });

    it('stops at Ctrl-C with 130 and the line that goes on', async () => {
      for (const json of ['', ' --json', ' --quiet']) {
        const terminal = fakeTerminal();
        const line = 'lrnn fit cars.csv --target Price --out reports/cars --resume';
        const running = runCommand(
          words(`fit cars.csv --target Price${json}`),
          fakeCommands({ fit: endless(line) }),
          terminal,
        );
        terminal.interrupt();
        expect(await running).to.equal(130);
        expect(terminal.stderr.text()).to.equal(
          `Stopping; what is finished is kept. (Ctrl-C again leaves at once.)\nInterrupted. Go on with:\n  ${line}\n`,
        );
        if (json !== '') expect(terminal.stdout.text()).to.equal('');
        expect(terminal.listeners()).to.equal(0);
      }
    });

    it('stops at Ctrl-C before there is a study to go on with', async () => {
      const terminal = fakeTerminal();
      const running = runCommand(words('fit a.csv --target y'), fakeCommands({ fit: endless(undefined) }), terminal);
      terminal.interrupt();
      expect(await running).to.equal(130);
      expect(terminal.stderr.text()).to.include('Interrupted before the search began.\n');
    });

    it('leaves nothing on standard output when it fails with --json', async () => {
      const terminal = fakeTerminal();
      const fit = () =>
        Promise.reject(new ToolkitError('data', { where: 'csv', rule: 'file must exist', got: 'a.csv' }));
      expect(await runCommand(words('fit a.csv --target y --json'), fakeCommands({ fit }), terminal)).to.equal(3);
      expect(terminal.stdout.text()).to.equal('');
      expect(terminal.stderr.text()).to.equal('csv: file must exist, got "a.csv".\n');
    });
  });

  describe('fit --dry-run', () => {
    const inspect = async () => [INSPECTION];

    it('prints what was understood, and fits nothing', async () => {
      const terminal = fakeTerminal();
      const argv = words('fit cars.csv --target Price --dry-run');
      expect(await runCommand(argv, fakeCommands({ inspect }), terminal)).to.equal(0);
      expect(terminal.stdout.text()).to.equal(`\
cars.csv: 804 rows, 2 columns, separated by semicolons, utf-8.
To predict: Price (regression, ranked by rmse).

  column  used as      missing  distinct  examples      because
  Price   target             2       798  17314, 17542  regression: 798 distinct numbers
  Make    categorical        0         6  Buick         6 distinct texts

Note: 2 of 804 rows have no "Price" and are left out, the first on line 7.
Nothing was fitted. Change a kind with --types column=kind, leave a column out with --ignore column.
`);
    });

    it('names the classes, the first few of many', async () => {
      const terminal = fakeTerminal();
      const classes = Array.from({ length: 11 }, (_, i) => `c${i}`);
      const schema = { ...study.schema, target: { ...study.schema.target, classes } };
      const commands = fakeCommands({ inspect: async () => [{ ...INSPECTION, schema, task: 'multiclass' as const }] });
      await runCommand(words('fit cars.csv --target Price --dry-run'), commands, terminal);
      expect(terminal.stdout.text()).to.include('Price, one of c0, c1, c2, c3, c4, c5, c6, c7 and 3 more (multiclass');
    });

    it('is an object with --json', async () => {
      const terminal = fakeTerminal();
      const argv = words('fit cars.csv --target Price --dry-run --json');
      expect(await runCommand(argv, fakeCommands({ inspect }), terminal)).to.equal(0);
      const { table, ...rest } = JSON.parse(terminal.stdout.text());
      expect(table).to.have.length(2);
      expect(rest).to.deep.equal({
        data: 'cars.csv',
        target: 'Price',
        task: 'regression',
        metric: 'rmse',
        classes: [],
        rows: 804,
        columns: 2,
        delimiter: ';',
        encoding: 'utf-8',
        warnings: INSPECTION.warnings,
        findings: [],
      });
    });

    it('gives way in the reasons first on a narrow terminal', async () => {
      const terminal = fakeTerminal(fakeOutput({ isTTY: true, columns: 60 }));
      const argv = words('fit cars.csv --target Price --dry-run');
      await runCommand(argv, fakeCommands({ inspect }), terminal);
      const row = terminal.stdout
        .text()
        .split('\n')
        .find((line) => line.includes('target  '))!;
      expect(row.length).to.be.at.most(60);
      expect(row).to.include('17314, …').and.match(/…$/);
    });
  });

  describe('predict', () => {
    const prediction = (
      changes: Partial<FilePrediction['summary']> = {},
      csv: string | null = null,
    ): FilePrediction => ({
      rows: 2,
      csv,
      summary: {
        missingColumns: [],
        extraColumns: [],
        unseenCategories: {},
        unparsable: {},
        outOfRange: {},
        maybeRenamed: {},
        ...changes,
      },
    });

    it('writes the CSV to standard output, and nothing else to it', async () => {
      const terminal = fakeTerminal();
      const predictFile = async (_model: string, _rows: string, out: string | ((text: string) => void)) => {
        if (typeof out === 'function') ['prediction\n', '1\n2\n'].forEach(out);
        return prediction({ missingColumns: ['age'] });
      };
      expect(await runCommand(words('predict m rows.csv'), fakeCommands({ predictFile }), terminal)).to.equal(0);
      expect(terminal.stdout.text()).to.equal('prediction\n1\n2\n');
      expect(terminal.stderr.text()).to.equal('Note: Columns that are not in the file count as missing: age.\n');
    });

    it('says where it wrote with -o', async () => {
      const terminal = fakeTerminal();
      const predictFile = async (...given: unknown[]) => {
        expect(given).to.deep.equal(['m', 'rows.csv', 'out.csv', { strict: true }]);
        return prediction();
      };
      expect(
        await runCommand(words('predict m rows.csv -o out.csv --strict'), fakeCommands({ predictFile }), terminal),
      ).to.equal(0);
      expect(terminal.stdout.text()).to.equal('Wrote 2 predictions to out.csv\n');
      expect(terminal.stderr.text()).to.equal('');
    });

    it('says everything that was coerced', async () => {
      const terminal = fakeTerminal();
      const predictFile = async () =>
        prediction({
          missingColumns: ['a', 'b'],
          extraColumns: ['x\u001b'],
          unseenCategories: { city: 3, job: 1 },
          unparsable: { age: 2 },
          outOfRange: { price: 1 },
          maybeRenamed: { a: 'A ' },
        });
      await runCommand(words('predict m rows.csv -o out.csv'), fakeCommands({ predictFile }), terminal);
      expect(terminal.stderr.text().trimEnd().split('\n')).to.deep.equal([
        'Note: Columns that are not in the file count as missing: a, b.',
        'Note: Columns that the model does not know are not used: x\\u001b.',
        'Note: "A " is not taken for "a"; rename it if it is the same.',
        'Note: Categories that training has not seen count as "other": city (3 cells), job (1 cell).',
        'Note: Cells that cannot be read as what their column holds count as missing: age (2 cells).',
        'Note: Numbers outside the range of the training are predicted as they are: price (1 cell).',
      ]);
    });
  });

  describe('show of a folder of studies', () => {
    const list: StudyListEntry[] = [
      {
        name: 'cars',
        folder: 'r/cars',
        status: 'complete',
        createdAt: Date.UTC(2026, 10, 29, 12),
        summary: study.summary,
        trials: 1200,
        tags: [],
      },
      { name: 'odd\u001b[2J', folder: 'r/odd', status: 'damaged', createdAt: 0, summary: null, tags: [] },
    ];
    const listStudies = async (): Promise<readonly StudyListEntry[]> => list;

    it('lists them, newest first as they come, damaged ones too', async () => {
      const terminal = fakeTerminal();
      expect(await runCommand(words('show r'), fakeCommands({ listStudies }), terminal)).to.equal(0);
      const text = terminal.stdout.text();
      expect(text).to.match(/^r: 2 studies\.\n\n +study +status +task +rows +trials +best +metric +score +begun\n/);
      const [line] = /^ +cars .*$/m.exec(text)!;
      for (const word of ['complete', '1,200', study.summary.best!, study.summary.metric, '2026-11-29 12:00']) {
        expect(line).to.contain(word);
      }
      expect(text).to.contain('damaged').and.not.contain('\u001b');
      expect(text).to.contain('lrnn show r/cars says more');
    });

    it('prints them as one JSON list', async () => {
      const terminal = fakeTerminal();
      await runCommand(words('show r --json'), fakeCommands({ listStudies }), terminal);
      const [first, second] = JSON.parse(terminal.stdout.text()) as Record<string, unknown>[];
      expect(first).to.include({ study: 'cars', folder: 'r/cars', trials: 1200, best: study.summary.best });
      expect(first.cv).to.equal(study.summary.leaderboard[0].cv);
      expect(second).to.deep.include({ folder: 'r/odd', status: 'damaged' }).and.not.have.property('cv');
    });
  });

  describe('show', () => {
    const reader = (onClose: () => void = () => undefined) => ({
      view: () => study,
      model: () => {
        throw new Error('not asked for');
      },
      events: () => [],
      lastEventId: () => 0,
      edition: () => '0',
      machines: () => null,
      data: () => null,
      sample: () => null,
      preparation: () => [],
      blame: (error: unknown) => error,
      close: onClose,
    });

    it('prints the leaderboard from disk, and closes the study', async () => {
      const terminal = fakeTerminal();
      let closed = 0;
      const openStudy = async () => reader(() => closed++);
      expect(await runCommand(words('show reports/cars'), fakeCommands({ openStudy }), terminal)).to.equal(0);
      expect(terminal.stdout.text()).to.include('  1  ensemble').and.include('The best is the ensemble');
      expect(closed).to.equal(1);
    });

    it('prints the same object as fit with --json', async () => {
      const terminal = fakeTerminal();
      const openStudy = async () => reader();
      expect(await runCommand(words('show reports/cars --json'), fakeCommands({ openStudy }), terminal)).to.equal(0);
      expect(JSON.parse(terminal.stdout.text())).to.deep.equal(JSON.parse(JSON.stringify(study.summary)));
    });
  });

  it('exports and says where', async () => {
    const terminal = fakeTerminal();
    const exportModel = async (...given: unknown[]) => {
      expect(given.slice(0, 4)).to.deep.equal(['r/a', 'lrnn-3', 'safetensors', null]);
      (given[4] as (sentence: string) => void)('it was not tested');
      return 'r/a/lrnn-3.safetensors';
    };
    const argv = words('export r/a --model lrnn-3 --format safetensors');
    expect(await runCommand(argv, fakeCommands({ exportModel }), terminal)).to.equal(0);
    expect(terminal.stdout.text()).to.equal('Wrote r/a/lrnn-3.safetensors\n');
    expect(terminal.stderr.text()).to.equal('Note: it was not tested\n');
  });

  it('verifies an artefact and says how near its predictions are', async () => {
    const terminal = fakeTerminal();
    const found = { path: 'm.onnx', format: 'onnx' as const, runtime: 'onnxruntime-web', rows: 16 };
    const verifyArtefact = async (path: string) => ({ ...found, difference: path === 'm.onnx' ? 1.25e-7 : 0 });
    expect(await runCommand(words('verify m.onnx'), fakeCommands({ verifyArtefact }), terminal)).to.equal(0);
    expect(await runCommand(words('verify m.js'), fakeCommands({ verifyArtefact }), terminal)).to.equal(0);
    expect(terminal.stdout.text()).to.equal(
      'm.onnx is whole, and predicts its 16 test rows within 1.2e-7 (onnxruntime-web)\n' +
        'm.onnx is whole, and predicts its 16 test rows to the bit (onnxruntime-web)\n',
    );
  });

  it('prints what doctor finds, and the commands that help', async () => {
    const terminal = fakeTerminal();
    const doctor = async () => [
      { name: 'wasm', available: true, detail: 'simd', install: null },
      { name: 'sqlite', available: false, detail: 'not found', install: 'npm install libsql' },
    ];
    expect(await runCommand(['doctor'], fakeCommands({ doctor }), terminal)).to.equal(0);
    expect(terminal.stdout.text()).to.equal(`\
  part    here  detail
  wasm    yes   simd
  sqlite  no    not found

To install what is missing:
  npm install libsql   # sqlite
`);
  });

  it('says by its exit code and one sentence that a Redis cannot be used, and what workers of others do is no fault', async () => {
    const about = (redis: boolean, worker: boolean) => {
      const terminal = fakeTerminal();
      const detail = 'redis://here: must be running: nothing listens there.';
      const doctor = async () => [
        { name: 'wasm', available: true, detail: 'simd', install: null },
        { name: 'redis', available: redis, detail, install: null },
        { name: 'worker redis', available: worker, detail: 'another version', install: null },
      ];
      return { terminal, code: runCommand(words('doctor --redis redis://here'), fakeCommands({ doctor }), terminal) };
    };
    const refused = about(false, true);
    expect(await refused.code).to.equal(4);
    expect(refused.terminal.stdout.text()).to.include('  redis         no    redis://here');
    expect(refused.terminal.stderr.text()).to.equal('redis://here: must be running: nothing listens there.\n');
    const usable = about(true, false);
    expect(await usable.code).to.equal(0);
    expect(usable.terminal.stderr.text()).to.equal('');
  });

  it('works until Ctrl-C, which is its normal end, and says what it has done', async () => {
    const terminal = fakeTerminal();
    let closed = 0;
    const startWorker: Commands['startWorker'] = async ({ onNotice }) => {
      onNotice('a study is of\x1b another version');
      setImmediate(() => terminal.interrupt());
      const status = () => workerStatus();
      return { address: 'redis://here:6379', done: 3, running: 1, status, close: async () => void closed++ };
    };
    const argv = words('worker --redis redis://ann:secret@here --concurrency 2');
    expect(await runCommand(argv, fakeCommands({ startWorker }), terminal)).to.equal(0);
    expect(terminal.stdout.text()).to.equal(
      'Waiting for folds at redis://here:6379, 2 folds at a time (Ctrl-C stops)\n' +
        'Stopping after 3 folds; others take over 1 fold\n',
    );
    expect(terminal.stderr.text()).to.match(/^Note: a study is of\S* another version\n$/);
    expect([closed, terminal.listeners()]).to.deep.equal([1, 0]);
  });

  it('answers monitors where --listen says, and ends the worker where that cannot be', async () => {
    let [closed, stopped] = [0, 0];
    const worker = { address: 'redis://here:6379', done: 0, running: 0, status: () => workerStatus() };
    const startWorker: Commands['startWorker'] = async () => ({ ...worker, close: async () => void closed++ });
    const argv = words('worker --redis redis://here --concurrency 2 --listen 0.0.0.0:9464');
    const terminal = fakeTerminal();
    const serveWorker: Commands['serveWorker'] = async (of, { host, port }) => {
      expect(of.address).to.equal(worker.address);
      setImmediate(() => terminal.interrupt());
      return { url: `http://${host}:${port}`, close: async () => void stopped++ };
    };
    expect(await runCommand(argv, fakeCommands({ startWorker, serveWorker }), terminal)).to.equal(0);
    expect(terminal.stdout.text()).to.include('Answering /metrics and /healthz at http://0.0.0.0:9464\n');
    expect([closed, stopped]).to.deep.equal([1, 1]);
    const refused = fakeTerminal();
    const refuse = async () => {
      throw new ToolkitError('state', { where: '--listen', rule: 'port must be free', got: 9464 });
    };
    expect(await runCommand(argv, fakeCommands({ startWorker, serveWorker: refuse }), refused)).to.equal(4);
    expect(refused.stderr.text()).to.include('--listen: port must be free, got 9464');
    expect([closed, refused.listeners()]).to.deep.equal([2, 0]);
  });

  it('serves until Ctrl-C, which is its normal end', async () => {
    const terminal = fakeTerminal();
    let closed = false;
    const serve = async (options: ServeOptions) => {
      options.onBug(new Error('a page failed'));
      expect(options).to.include({ reportsFolder: 'mine', port: 0, host: '127.0.0.1' });
      return { url: 'http://127.0.0.1:4242', close: async () => void (closed = true) };
    };
    const running = runCommand(words('serve mine --port 0'), fakeCommands({ serve }), terminal);
    await new Promise((resolve) => setImmediate(resolve));
    expect(terminal.stdout.text()).to.equal('Leaderboards of mine at http://127.0.0.1:4242 (Ctrl-C stops)\n');
    expect(terminal.stderr.text()).to.include('Error: a page failed\n').and.include('This is a bug');
    expect(terminal.stray(new Error('nobody caught it'))).to.equal(true);
    expect(terminal.stderr.text()).to.include('Error: nobody caught it\n');
    terminal.interrupt();
    expect(await running).to.equal(0);
    expect(terminal.stray(new Error('too late'))).to.equal(false);
    expect(closed).to.equal(true);
    expect(terminal.listeners()).to.equal(0);
  });

  it('serves one model with --model', async () => {
    const terminal = fakeTerminal();
    const serveModel = async (options: object) => {
      expect(options).to.deep.include({ models: [{ name: null, path: 'm' }], strict: true, port: 0 });
      return { url: 'http://127.0.0.1:4242', close: async () => undefined };
    };
    const running = runCommand(words('serve --model m --strict --port 0'), fakeCommands({ serveModel }), terminal);
    await new Promise((resolve) => setImmediate(resolve));
    expect(terminal.stdout.text()).to.equal('Predictions of m at http://127.0.0.1:4242 (Ctrl-C stops)\n');
    terminal.interrupt();
    expect(await running).to.equal(0);
  });

  it('reads models again at SIGHUP, unless a terminal is what hung up', async () => {
    for (const isTTY of [false, true]) {
      const terminal = fakeTerminal(fakeOutput({ isTTY }));
      let reloads = 0;
      const serveModel = async () => ({
        url: 'http://127.0.0.1:4242',
        close: async () => undefined,
        reload: async () => void reloads++,
      });
      const running = runCommand(words('serve --model m'), fakeCommands({ serveModel }), terminal);
      await new Promise((resolve) => setImmediate(resolve));
      terminal.hangUp();
      expect(reloads).to.equal(isTTY ? 0 : 1);
      terminal.interrupt();
      expect(await running).to.equal(0);
      expect(terminal.listeners()).to.equal(0);
    }
  });

  it('drains a served model at SIGTERM, and nothing at Ctrl-C', async () => {
    for (const [signal, line, drained] of [
      ['SIGTERM', 'serve --model m --drain 7s', 7000],
      ['SIGINT', 'serve --model m --drain 7s', 0],
      ['SIGTERM', 'serve mine', 0],
    ] as const) {
      const terminal = fakeTerminal();
      let drainMs: number | undefined;
      const server = async () => ({
        url: 'http://127.0.0.1:4242',
        close: async (options?: { drainMs: number }) => void (drainMs = options?.drainMs),
      });
      const running = runCommand(words(line), fakeCommands({ serve: server, serveModel: server }), terminal);
      await new Promise((resolve) => setImmediate(resolve));
      terminal.interrupt(signal);
      expect(await running).to.equal(0);
      expect(drainMs).to.equal(drained);
    }
  });

  it('warns of a server that lets everybody in, and writes its requests down with --log', async () => {
    const terminal = fakeTerminal();
    const serve = async (options: ServeOptions) => {
      options.onRequest?.('GET / 200\u001b[31m');
      return { url: 'http://0.0.0.0:4242', close: async () => undefined };
    };
    const running = runCommand(words('serve --host 0.0.0.0 --no-auth --log'), fakeCommands({ serve }), terminal);
    await new Promise((resolve) => setImmediate(resolve));
    expect(terminal.stderr.text()).to.equal('Warning: everybody who can reach 0.0.0.0 may use this server.\n');
    expect(terminal.stdout.text())
      .to.match(/^GET \/ 200/)
      .and.not.include('\u001b');
    terminal.interrupt();
    expect(await running).to.equal(0);
  });
});

/** @file What leaves a study: tables and cards by the command line, and the programs that a model's page shows, run as they stand. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import ts from 'typescript';

import type { Snippet } from '../../src/report/index.js';
import { usageSnippets } from '../../src/report/index.js';
import { loadModel, openStudy } from '../../src/run/index.js';
import { launchBrowser, openPage } from '../browser/browser.js';
import type { Workspace } from './support/lrnn.js';
import { expectDone, expectRefusal, lrnn, makeWorkspace, ROOT, start, startProgram, words } from './support/lrnn.js';
import { fruitCsv } from './support/tables.js';

type Row = Readonly<Record<string, string>>;

describe('what is taken away from a study', () => {
  let space: Workspace;
  let snippets: Map<string, Snippet>;
  let expected: { prediction: unknown };
  /** Inside the package, so that it can import itself by name as a user would. */
  const folder = join(ROOT, '.cache', `use-${process.pid}`);
  const run = (line: string) => lrnn(words(line), { cwd: space.path });

  before(async () => {
    space = makeWorkspace();
    mkdirSync(folder, { recursive: true });
    space.file('fruit.csv', fruitCsv(600));
    const models = '--models gbdt,linear,dummy,ensemble';
    expectDone(await run(`fit fruit.csv --target grade --trials 4 --seed 2 --folds 3 ${models} --quiet`));
    const study = openStudy(space.join('reports/fruit'));
    const { schema } = study.view();
    const own = usageSnippets({ schema, sample: study.sample(), fileName: 'fruit-best' });
    study.close();
    snippets = new Map(own.map((snippet) => [snippet.id, snippet]));
    for (const [format, ending] of [
      ['safetensors', 'safetensors'],
      ['js', 'mjs'],
      ['onnx', 'onnx'],
    ]) {
      expectDone(await run(`export reports/fruit --format ${format} -o ${join(folder, `fruit-best.${ending}`)}`));
    }
    const model = await loadModel(join(folder, 'fruit-best.safetensors'));
    const row = JSON.parse(/-d '\[(.*)\]'$/.exec(snippets.get('http')!.code)![1]) as Row;
    expect(row).to.have.all.keys('width', 'colour', 'weight');
    [expected] = await model.predict([row]);
    model.dispose();
  });
  after(() => {
    space.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is a folder of tables, that agree with --json', async () => {
    expect((await run('export reports/fruit --format csv')).stdout).to.equal(`Wrote ${join('reports/fruit', 'csv')}\n`);
    const summary = JSON.parse((await run('show reports/fruit --json')).stdout) as {
      best: string;
      leaderboard: { model: string; cv: number; holdout: number }[];
    };
    const names = ['leaderboard', 'trials', 'folds'];
    const own = ['oof', 'holdout', 'worst', 'importances'].map((table) => `${summary.best}-${table}`);
    const files = [...names, ...own].map((name) => `${name}.csv`);
    expect(readdirSync(space.join('reports/fruit/csv')).sort()).to.deep.equal(files.sort());
    const table = (name: string): Row[] =>
      parse(readFileSync(space.join('reports/fruit/csv', `${name}.csv`), 'utf8'), { columns: true });
    expect(table('leaderboard').map(({ model, cv, holdout }) => [model, +cv, +holdout])).to.deep.equal(
      summary.leaderboard.map(({ model, cv, holdout }) => [model, cv, holdout]),
    );
    const [oof, held] = [table(`${summary.best}-oof`), table(`${summary.best}-holdout`)];
    expect(oof.length + held.length).to.equal(600);
    const rows = [...oof, ...held].map(({ row }) => +row).sort((a, b) => a - b);
    expect(rows, 'each row of the table once').to.deep.equal(rows.map((_, i) => i + 1));
    const lines = fruitCsv(600).trim().split('\n').slice(1);
    for (const { row, truth } of [...oof, ...held]) expect(lines[+row - 1].split(',')[3]).to.equal(truth);
    // The area under the curve of what is written is the score that was said.
    expect(auc(held)).to.be.closeTo(summary.leaderboard[0].holdout, 1e-6);
  });

  it('is one table where a file is named', async () => {
    expectDone(await run('export reports/fruit --format csv -o board.csv'));
    expect(readFileSync(space.join('board.csv'), 'utf8')).to.match(/^rank,model,family,cv,/);
    expectDone(await run('export reports/fruit --format csv --model linear-1 -o oof.csv'));
    expect(readFileSync(space.join('oof.csv'), 'utf8')).to.match(/^row,fold,truth,prediction,probability_sour,/);
    const refused = await run('export reports/fruit --format csv --model liner-1 -o oof.csv');
    expectRefusal(refused, 2, /Did you mean linear-1\?/);
  });

  it('is a card in Markdown', async () => {
    expectDone(await run('export reports/fruit --format card -o card.md'));
    expect(readFileSync(space.join('card.md'), 'utf8')).to.match(
      /^# fruit: [\s\S]*## Intended use[\s\S]*lrnn fit fruit\.csv/,
    );
  });

  it('is a command line that predicts a file', async () => {
    space.file('rows.csv', fruitCsv(5, 9));
    const line = snippets.get('cli')!.code.replace('fruit-best', join(folder, 'fruit-best'));
    expectDone(await run(line.replace(/^lrnn /, '')));
    expect(readFileSync(space.join('predictions.csv'), 'utf8').trim().split('\n')).to.have.length(6);
  });

  it('is a program for Node', async () => {
    writeFileSync(join(folder, 'use.mjs'), snippets.get('node')!.code);
    const outcome = await startProgram(process.execPath, ['use.mjs'], { cwd: folder }).done;
    expectDone(outcome);
    expect(outcome.stdout).to.contain(`prediction: '${String(expected.prediction)}'`);
  });

  it('is a program in TypeScript, whose types are right', async function () {
    this.timeout(240_000);
    const file = join(folder, 'use.ts');
    writeFileSync(file, snippets.get('typescript')!.code);
    const program = ts.createProgram([file], {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      strict: true,
      noEmit: true,
      types: ['node'],
      typeRoots: [join(ROOT, 'node_modules/@types')],
      skipLibCheck: true,
    });
    expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText)).to.deep.equal([]);
    const outcome = await startProgram(process.execPath, ['--import', 'tsx', 'use.ts'], { cwd: folder }).done;
    expectDone(outcome);
    expect(outcome.stdout).to.equal(`${String(expected.prediction)}\n`);
  });

  it('is a page of a browser', async function () {
    const browser = await launchBrowser(this);
    const server = createServer((request, response) => {
      const isPage = request.url === '/';
      const body = isPage ? snippets.get('browser')!.code : readFileSync(join(folder, 'fruit-best.mjs'));
      response.writeHead(200, { 'content-type': isPage ? 'text/html' : 'text/javascript' }).end(body);
    });
    try {
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      const { page, faults } = await openPage(browser);
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.waitForFunction('document.querySelector("#answer").textContent !== ""');
      const answer = JSON.parse((await page.textContent('#answer'))!) as object;
      expect(faults).to.deep.equal([]);
      expect(answer).to.include({ prediction: expected.prediction });
    } finally {
      server.close();
      await browser.close();
    }
  });

  it('is a program in Python that Python reads', async function () {
    const python = process.env.PYTHON ?? 'python3';
    if (spawnSync(python, ['--version']).status !== 0) this.skip();
    writeFileSync(join(folder, 'use.py'), snippets.get('python')!.code);
    const read = await startProgram(python, ['-c', 'import ast; ast.parse(open("use.py").read())'], { cwd: folder })
      .done;
    expectDone(read);
  });

  it('is a program in Python that runs (node scripts/python.mjs brings ONNX Runtime)', async function () {
    const python = process.env.PYTHON ?? 'python3';
    if (spawnSync(python, ['-c', 'import onnxruntime']).status !== 0) this.skip();
    writeFileSync(join(folder, 'use.py'), snippets.get('python')!.code);
    const outcome = await startProgram(python, ['use.py'], { cwd: folder }).done;
    expectDone(outcome);
    expect(outcome.stdout).to.contain(`['${String(expected.prediction)}']`);
  });

  it('is a request to a server', async function () {
    if (spawnSync('curl', ['--version']).status !== 0) this.skip();
    const server = start(['serve', '--model', join(folder, 'fruit-best.safetensors'), '--port', '0']);
    const [, port] = await server.until(/127\.0\.0\.1:(\d+)/);
    const line = snippets.get('http')!.code.replace(':3000', `:${port}`);
    const outcome = await startProgram('sh', ['-c', line]).done;
    server.child.kill('SIGINT');
    await server.done;
    expectDone(outcome);
    expect(JSON.parse(outcome.stdout)).to.have.nested.property('predictions[0].prediction', expected.prediction);
  });
});

/** Share of pairs in which the sweet one has the higher probability; ties count half. */
function auc(rows: readonly Row[]): number {
  const of = (truth: string): number[] =>
    rows.filter((row) => row.truth === truth).map((row) => Number(row.probability_sweet));
  const [high, low] = [of('sweet'), of('sour')];
  let sum = 0;
  for (const a of high) for (const b of low) sum += a > b ? 1 : a === b ? 0.5 : 0;
  return sum / (high.length * low.length);
}

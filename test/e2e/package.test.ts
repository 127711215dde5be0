/** @file The package as others get it: packed, installed into an empty project, compiled against, imported and required. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { join } from 'node:path';

import { expect } from 'chai';
import ts from 'typescript';

import type { Workspace } from './support/lrnn.js';
import { expectDone, makeWorkspace, ROOT, startProgram } from './support/lrnn.js';
import type { Packed } from './support/packed.js';
import { packInto } from './support/packed.js';

const MAX_TARBALL_BYTES = 1_000_000;
const require = createRequire(import.meta.url);
const MODEL = join(ROOT, 'test/export/fixtures/model-v2-binary.safetensors');

/** Uses every door as a strict program would. */
const CONSUMER = `
import { createServer } from 'node:http';
import { datasetPath, exportModel, fit, inspect, loadModel, openStudy, predict, RunInterrupted, ToolkitError, verify } from 'lrnn-automl';
import type { ColumnKind, FitOptions, Inspection, LeaderboardEntry, RunEvent, RunEventType, StudySummary, TableInMemory } from 'lrnn-automl';
import { loadModel as loadToPredict } from 'lrnn-automl/predict';
import type { DetailedPredictions } from 'lrnn-automl/predict';
import { predictions, serve, studyPages } from 'lrnn-automl/server';
import type { Mounted } from 'lrnn-automl/server';

const table: TableInMemory = [{ a: 1, y: 'x' }];
const kind: ColumnKind = 'numeric';
const options: FitOptions = { data: table, target: 'y', trials: 3, types: { a: kind }, onEvent: (event: RunEvent) => hear(event.type) };
function hear(type: RunEventType): void {
  console.log(type);
}
export async function use(): Promise<string> {
  const found: Inspection = await inspect(options);
  const study: StudySummary = await fit({ ...options, data: datasetPath('penguins') });
  const first: LeaderboardEntry | undefined = study.leaderboard[0];
  const opened = await openStudy('reports/a');
  for (const { event } of opened.events()) if (event.type === 'trial') console.log(event.trial.cv?.toFixed(3));
  opened.close();
  const path: string = await exportModel('reports/a', { format: 'onnx' });
  const { rows } = await verify(path);
  const model = await loadModel(path);
  const detailed: DetailedPredictions = await (await loadToPredict(path)).predictDetailed([{ a: 1 }], { interval: 0.9 });
  const [{ prediction }] = (await predict(path, [{ a: 1 }])) as [{ prediction: number | string }];
  model.dispose();
  return [found.task, first?.model, rows, detailed.summary.missingColumns.length, prediction].join(' ');
}
export function said(error: unknown): number {
  if (error instanceof RunInterrupted) return error.resume.length;
  return error instanceof ToolkitError && error.kind === 'data' ? error.status : 500;
}
export async function mount(): Promise<void> {
  const pages: Mounted = await studyPages('reports', { readOnly: false });
  const served: Mounted = await predictions({ a: 'reports/a' });
  createServer((request, response) => (request.url?.startsWith('/v1') ? served : pages)(request, response)).listen(0);
  await (await serve({ reportsFolder: 'reports', port: 0 })).close();
}
// @ts-expect-error: an option that nobody reads
export const wrong: FitOptions = { data: 'a.csv', target: 'y', trails: 3 };
`;

const STRICT = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    module: 'nodenext',
    target: 'es2022',
    types: ['node'],
  },
  files: ['consumer.ts'],
};

describe('the package', () => {
  let space: Workspace;
  let packed: Packed;
  const run = (file: string, text: string) => {
    writeFileSync(space.join(file), text);
    return startProgram(process.execPath, [space.join(file)], { cwd: space.path }).done;
  };
  before(() => {
    space = makeWorkspace();
    space.file('package.json', '{ "name": "empty", "private": true, "type": "module" }');
    packed = packInto(space);
  });
  after(() => space.remove());

  it('is small, and holds what it needs and nothing of its making', () => {
    expect(packed.tarball.length, 'bytes').to.be.lessThan(MAX_TARBALL_BYTES);
    expect(packed.files).to.include.members([
      'dist/index.js',
      'dist/THIRD-PARTY.txt',
      'docs/tutorial.md',
      'dist/cli/main.js',
      'README.md',
      'LICENSE',
      'datasets/penguins.csv',
    ]);
    expect(packed.files.filter((path) => /\.map$|^(src|test|bench|lab|scripts)\/|\.tgz$/.test(path))).to.deep.equal([]);
  });

  it('has what it builds in among its licences, and imports nothing that is not installed with it', () => {
    const notices = readFileSync(space.join('node_modules/lrnn-automl/dist/THIRD-PARTY.txt'), 'utf8');
    for (const name of ['arquero', '@observablehq/plot', 'd3-scale'])
      expect(notices).to.match(new RegExp(`^${name} [\\d.]+ \\(`, 'm'));
    const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
      string,
      object
    >;
    const known = Object.keys({ ...dependencies, ...peerDependencies });
    const code = packed.files.filter((path) => /^dist\/.*\.js$/.test(path));
    const imported = code.flatMap(
      (path) => ts.preProcessFile(readFileSync(space.join('node_modules/lrnn-automl', path), 'utf8')).importedFiles,
    );
    const packages = imported
      .map(({ fileName }) => fileName)
      .filter((name) => !/^(?:node:|\.)/.test(name) && !builtinModules.includes(name));
    const names = packages.map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)![0]);
    expect([...new Set(names)].filter((name) => !known.includes(name))).to.deep.equal([]);
  });

  it('has nothing that publint warns of', async () => {
    const { publint } = await import('publint');
    const { formatMessage } = await import('publint/utils');
    const pkgDir = space.join('node_modules/lrnn-automl');
    const { messages, pkg } = await publint({ pkgDir, strict: true, pack: false });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).to.deep.equal([]);
  });

  it('has types that are right for every way of importing it', async () => {
    const { checkPackage, createPackageFromTarballData } = await import('@arethetypeswrong/core');
    const result = await checkPackage(createPackageFromTarballData(new Uint8Array(packed.tarball)));
    if (!result.types) throw new Error('the package has no types');
    // Without "exports" there are no doors (Node 10), and CommonJS gets the ES module, which Node from 20.19 and 22.12 on requires.
    const problems = result.problems.filter(({ kind, ...rest }) => {
      const mode = 'resolutionKind' in rest ? rest.resolutionKind : '';
      return mode !== 'node10' && kind !== 'CJSResolvesToESM';
    });
    expect(problems).to.deep.equal([]);
    expect(Object.keys(result.entrypoints)).to.include.members(['.', './predict', './server']);
  });

  it('compiles in a strict program that checks every declaration, without optional packages', () => {
    space.file('consumer.ts', CONSUMER);
    space.file('tsconfig.json', JSON.stringify(STRICT));
    const tsc = require.resolve('typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', space.path], { encoding: 'utf8' });
    expect(stdout).to.equal('');
  });

  it('exports what docs/api says', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/api.mjs'), '--check'], {
      encoding: 'utf8',
    });
    expect(status, stderr).to.equal(0);
  });

  it('is imported by ES modules', async () => {
    const text = `import { predict, ToolkitError } from 'lrnn-automl';
import { loadModel } from 'lrnn-automl/predict';
import { predictions } from 'lrnn-automl/server';
const model = await loadModel(${JSON.stringify(MODEL)});
const { predictions: found, summary } = await model.predictDetailed([{ age: 'old' }]);
const again = await predict(${JSON.stringify(MODEL)}, [{ age: 'old' }]);
const error = await loadModel('nowhere').catch((reason) => reason);
console.log(JSON.stringify([found[0].prediction === again[0].prediction, summary.unparsable, error instanceof ToolkitError, error.kind, error.status, typeof predictions]));`;
    const outcome = await run('esm.mjs', text);
    expectDone(outcome);
    expect(JSON.parse(outcome.stdout)).to.deep.equal([true, { age: 1 }, true, 'data', 422, 'function']);
  });

  it('is required by CommonJS', async function () {
    const [major, minor] = process.versions.node.split('.').map(Number);
    if (major < 20 || (major === 20 && minor < 19) || (major === 22 && minor < 12)) return this.skip();
    const outcome = await run(
      'common.cjs',
      `
const { datasetPath, ToolkitError } = require('lrnn-automl');
const { loadModel, ToolkitError: Same } = require('lrnn-automl/predict');
const { studyPages } = require('lrnn-automl/server');
loadModel(${JSON.stringify(MODEL)}).then(async (model) => {
  const [{ prediction }] = await model.predict([{ age: 41 }]);
  console.log(typeof prediction, typeof studyPages, ToolkitError === Same, require('fs').existsSync(datasetPath('credit')));
});`,
    );
    expectDone(outcome);
    expect(outcome.stdout).to.equal('string function true true\n');
  });

  it('predicts without loading what searches, draws or serves', async () => {
    for (const name of ['express', 'libsql', 'csv-parse', 'hyparquet', 'htmlparser2', 'ejs']) {
      rmSync(space.join('node_modules', name), { recursive: true });
      expect(existsSync(space.join('node_modules', name))).to.equal(false);
    }
    const outcome = await run(
      'small.mjs',
      `import { predict } from 'lrnn-automl/predict';
console.log((await predict(${JSON.stringify(MODEL)}, [{ age: 41 }, { age: null }])).length);`,
    );
    expectDone(outcome);
    expect(outcome.stdout).to.equal('2\n');
  });
});

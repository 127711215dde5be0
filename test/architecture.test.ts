import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

import { expect } from 'chai';
import ts from 'typescript';

const SRC = resolve(import.meta.dirname, '../src');

/** An import goes to a strictly lower rank, through a door. */
const RANK: Readonly<Record<string, number>> = {
  core: 0,
  data: 1,
  engine: 1,
  evaluate: 1,
  search: 1,
  trees: 1,
  prepare: 2,
  models: 2,
  ensemble: 3,
  automl: 4,
  explain: 5,
  workers: 6,
  cluster: 6,
  export: 6,
  report: 6,
  run: 7,
  server: 8,
  cli: 9,
};

/** Floors of a room, from the ground up: an import goes to a lower one, or to what lies in the room itself. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  run: ['study', 'predict', 'serve', 'fit', 'export'],
  report: ['words', 'plots', 'pages'],
};
/** A room's doors and what only they open: above all floors. */
const ABOVE_FLOORS = ['run/index.ts', 'run/node.ts', 'run/doctor.ts', 'report/index.ts', 'report/node.ts'];

/** Where each library may be used: swapping one must touch one room. */
const VENDOR: Readonly<Record<string, readonly string[]>> = {
  'csv-parse': ['data'],
  arquero: ['data'],
  hyparquet: ['data'],
  'hyparquet-compressors': ['data'],
  yauzl: ['data'],
  htmlparser2: ['data'],
  hyperparameters: ['search'],
  libsql: ['search'],
  bullmq: ['cluster'],
  ioredis: ['cluster'],
  'ml-xgboost': ['models'],
  ejs: ['report'],
  '@observablehq/plot': ['report'],
  linkedom: ['report'],
  express: ['server'],
  'express-rate-limit': ['server'],
  'proxy-addr': ['server'],
  busboy: ['server'],
  '@tensorflow/tfjs-core': ['engine'],
  '@tensorflow/tfjs-backend-cpu': ['engine'],
  '@tensorflow/tfjs-backend-webgpu': ['engine'],
  webgpu: ['engine'],
};

const MAX_LINES = 400;

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'assembly' ? [] : sources(path);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts') ? [path] : [];
  });
}

const FILES = sources(SRC);

/** Import specifiers of a file, type-only ones included. */
function importsOf(file: string): string[] {
  return ts.preProcessFile(readFileSync(file, 'utf8'), true, true).importedFiles.map(({ fileName }) => fileName);
}

function roomOf(path: string): string {
  const parts = relative(SRC, path).split('/');
  return parts.length > 1 ? parts[0] : '';
}

function violations(of: (file: string, specifier: string) => string | null): string[] {
  return FILES.flatMap((file) =>
    importsOf(file).flatMap((specifier) => {
      const fault = of(file, specifier);
      return fault ? [`${relative(SRC, file)}: ${fault}`] : [];
    }),
  );
}

/** What is loaded at once with a file: imports of values, not those of types or of later. */
function loadedBy(entry: string): { files: string[]; packages: string[] } {
  const files = new Set([entry]);
  const packages = new Set<string>();
  for (const file of files) {
    const { statements } = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
    for (const statement of statements) {
      const isImport = ts.isImportDeclaration(statement);
      if (!isImport && !ts.isExportDeclaration(statement)) continue;
      const { moduleSpecifier } = statement;
      if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) continue;
      if (isImport ? statement.importClause?.isTypeOnly : statement.isTypeOnly) continue;
      const { text } = moduleSpecifier;
      if (text.startsWith('.')) files.add(resolve(dirname(file), text).replace(/\.js$/, '.ts'));
      else packages.add(text);
    }
  }
  return { files: [...files].map((file) => relative(SRC, file)), packages: [...packages].sort() };
}

describe('architecture', () => {
  it('gives every folder a rank', () => {
    const rooms = readdirSync(SRC).filter((name) => statSync(join(SRC, name)).isDirectory());
    expect(rooms.filter((room) => !(room in RANK))).to.deep.equal([]);
  });

  it('imports strictly downhill', () => {
    const faults = violations((file, specifier) => {
      if (!specifier.startsWith('.')) return null;
      const [from, to] = [roomOf(file), roomOf(resolve(dirname(file), specifier))];
      if (from === '' || from === to) return null;
      return RANK[to] < RANK[from] ? null : `${from} must not import ${to}`;
    });
    expect(faults).to.deep.equal([]);
  });

  it('enters other rooms by their door', () => {
    const faults = violations((file, specifier) => {
      if (!specifier.startsWith('.')) return null;
      const target = resolve(dirname(file), specifier);
      if (roomOf(file) === roomOf(target) || roomOf(target) === '') return null;
      return /^(index|node)\.js$/.test(relative(join(SRC, roomOf(target)), target))
        ? null
        : `reaches into ${specifier}`;
    });
    expect(faults).to.deep.equal([]);
  });

  it('goes down the floors of a room, too', () => {
    for (const [room, floors] of Object.entries(FLOORS)) {
      const folders = readdirSync(join(SRC, room), { withFileTypes: true }).filter((entry) => entry.isDirectory());
      expect(folders.map(({ name }) => name).sort()).to.deep.equal([...floors].sort());
    }
    const faults = violations((file, specifier) => {
      const [room, from] = relative(SRC, file).split('/');
      if (!(room in FLOORS) || !specifier.startsWith('.') || ABOVE_FLOORS.includes(relative(SRC, file))) return null;
      const [target, to] = relative(SRC, resolve(dirname(file), specifier)).split('/');
      const floors = FLOORS[room];
      if (target !== room || from === to || !floors.includes(to)) return null;
      return floors.indexOf(to) < floors.indexOf(from) ? null : `must not go up to ${specifier}`;
    });
    expect(faults).to.deep.equal([]);
  });

  it('keeps each library in its room', () => {
    const faults = violations((file, specifier) => {
      const rooms =
        VENDOR[
          specifier
            .split('/')
            .slice(0, specifier.startsWith('@') ? 2 : 1)
            .join('/')
        ];
      return rooms === undefined || rooms.includes(roomOf(file)) ? null : `must not import ${specifier}`;
    });
    expect(faults).to.deep.equal([]);
  });

  it('names the packages of TensorFlow.js in one file, which imports none of them before it is asked to', () => {
    const wrapper = 'engine/tfjs/vendor.ts';
    const named = FILES.filter((file) => readFileSync(file, 'utf8').includes("'@tensorflow/"));
    expect(named.map((file) => relative(SRC, file))).to.deep.equal([wrapper]);
    const source = readFileSync(join(SRC, wrapper), 'utf8');
    const imports = source.split('\n').filter((line) => /from '@tensorflow|import\('/.test(line));
    expect(imports).to.deep.equal(["import type * as core from '@tensorflow/tfjs-core';"]);
  });

  it('pins libraries that few use to one version, and names each in the one file that would replace it', () => {
    const wrappers = { hyperparameters: 'search/hpjs.ts', 'ml-xgboost': 'models/xgboost/module.ts' };
    const { dependencies } = JSON.parse(readFileSync(resolve(SRC, '../package.json'), 'utf8')) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    for (const [name, wrapper] of Object.entries(wrappers)) {
      expect(dependencies[name]).to.match(/^\d+\.\d+\.\d+$/);
      const loads = new RegExp(`(?:from |import\\(|require\\(|resolve\\()'${name}['/]`);
      const users = FILES.filter((file) => loads.test(readFileSync(file, 'utf8')));
      expect(users.map((file) => relative(SRC, file))).to.deep.equal([wrapper]);
    }
  });

  it('loads nothing that searches, reads CSV or draws for programs that only predict', () => {
    const { files, packages } = loadedBy(join(SRC, 'index.ts'));
    expect(files).to.include('run/predict/load-model.ts').and.not.include('run/fit/fit.ts');
    expect(packages.filter((name) => !name.startsWith('node:'))).to.deep.equal(['hyperparameters']);
  });

  it('finds files of the package from two levels below its root, where chunks of the build stand, too', () => {
    const faults = FILES.filter((file) => {
      const text = readFileSync(file, 'utf8');
      const paths = text.includes('import.meta.url') ? (text.match(/(?<=['"`])(?:\.\.\/){3,}(?=\w)/g) ?? []) : [];
      return paths.length > (text.match(/ from '(?:\.\.\/){3,}/g) ?? []).length;
    });
    expect(faults.map((file) => relative(SRC, file))).to.deep.equal([]);
  });

  it('has no import cycle', () => {
    const graph = new Map(
      FILES.map((file) => [
        file,
        importsOf(file)
          .filter((specifier) => specifier.startsWith('.'))
          .map((specifier) => resolve(dirname(file), specifier).replace(/\.js$/, '.ts')),
      ]),
    );
    const state = new Map<string, 'open' | 'done'>();
    const cycles: string[] = [];
    const visit = (file: string, path: string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        cycles.push([...path.slice(path.indexOf(file)), file].map((f) => relative(SRC, f)).join(' -> '));
        return;
      }
      state.set(file, 'open');
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of FILES) visit(file, []);
    expect(cycles).to.deep.equal([]);
  });

  it('lets the lab look into rooms by their doors only, and no room into the lab or the benchmark', () => {
    const lab = resolve(SRC, '../lab');
    const inside = violations((_, specifier) =>
      /\/(lab|bench)\//.test(specifier) ? `must not import ${specifier}` : null,
    );
    const outside = sources(lab).flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith('../'))
        .filter((specifier) => !/^\.\.\/(src\/\w+\/(index|node)|bench\/table)\.js$/.test(specifier))
        .map((specifier) => `${relative(lab, file)} reaches into ${specifier}`),
    );
    expect([...inside, ...outside]).to.deep.equal([]);
  });

  it(`keeps files under ${MAX_LINES} lines`, () => {
    const long = [...FILES, ...sources(resolve(SRC, '../lab'))]
      .filter((file) => !file.endsWith('.gen.ts'))
      .flatMap((file) => {
        const lines = readFileSync(file, 'utf8').split('\n').length;
        return lines > MAX_LINES ? [`${relative(SRC, file)}: ${lines} lines`] : [];
      });
    expect(long).to.deep.equal([]);
  });
});

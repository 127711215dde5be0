/** @file How a file is read at the fit: the decimal sign of all of it, and what the model remembers of it for new files. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect } from 'chai';

import type { StudySettings } from '../../src/automl/index.js';
import { encodeBundle } from '../../src/export/index.js';
import { readBundle } from '../../src/export/node.js';
import { requireSame } from '../../src/run/fit/same-study.js';
import type { FitOptions } from '../../src/run/index.js';
import { fit, inspect, loadModel, predictFile } from '../../src/run/index.js';
import { openModelBytes } from '../../src/run/predict/bundle.js';
import { ServedModel } from '../../src/run/serve/served-model.js';
import { workbookOf } from '../support/xlsx.js';

/** Sizes have two readings throughout; prices are grouped. */
const ROWS = Array.from({ length: 60 }, (_, i) => {
  const size = (1001 + ((i * 37) % 997)) / 1000;
  return { size, town: ['Rome', 'Bern'][i % 2], price: 1200.5 + 1000 * size + 50 * (i % 2) };
});
const grouped = (value: number, [point, comma]: string): string =>
  value.toLocaleString('en', { minimumFractionDigits: 1 }).replace(/[.,]/g, (sign) => (sign === '.' ? point : comma));
const sized = (value: number, [point]: string): string => value.toFixed(3).replace('.', point);
const lines = (rows: typeof ROWS, signs: string, delimiter: string): string[] =>
  rows.map(({ size, town, price }) => [sized(size, signs), town, grouped(price, signs)].join(delimiter));
const EUROPEAN = [
  'Sales; of; May',
  'as of today',
  'size;town;price',
  ...lines(ROWS.slice(0, 30), ',.', ';'),
  '% from here on; by hand; and so on; and on',
  ...lines(ROWS.slice(30), ',.', ';'),
].join('\n');
const SAID = { delimiter: ';', decimal: ',', comment: '%', header: 3 } as const;
const NEW = ROWS.slice(3, 9);

describe('a file that is read as it is said', () => {
  let folder: string;
  let model: string;
  let expected: number[];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lrnn-said-'));
    model = await modelOf('european.csv', EUROPEAN, SAID);
    const plain = ['size|town|price', ...lines(ROWS, '. ', '|').map((line) => line.replaceAll(' ', ''))].join('\n');
    const loaded = await loadModel(await modelOf('plain.csv', plain));
    expected = (await loaded.predict(NEW)).map(({ prediction }) => Number(prediction));
    loaded.dispose();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const modelOf = async (name: string, text: string, said: Partial<FitOptions> = {}): Promise<string> => {
    const options = { target: 'price', models: ['linear', 'dummy'], trials: 2, folds: 2, workers: 1, seed: 3 } as const;
    const run = await fit({ data: file(name, text), out: join(folder, `study-${name}`), ...options, ...said });
    return run.model!;
  };
  const predicted = async (path: string, given: Parameters<typeof predictFile>[3] = {}): Promise<number[]> => {
    const { csv, summary } = await predictFile(model, path, null, { ...given, strict: true });
    expect(Object.keys(summary.unparsable)).to.deep.equal([]);
    return csv!.trimEnd().split('\n').slice(1).map(Number);
  };
  const rowsIn = (signs: string, delimiter: string, above: readonly string[] = []): string =>
    [...above, `size${delimiter}town`, ...NEW.map(({ size, town }) => [sized(size, signs), town].join(delimiter))].join(
      '\n',
    );

  it('gives the model that the same numbers with points give, and new files are read so without a word', async () => {
    const { schema } = await loadModel(model);
    expect(schema.reading).to.deep.equal(SAID);
    const { schema: found } = await inspect({
      data: join(folder, 'european.csv'),
      target: 'price',
      header: 3,
      comment: '%',
    });
    expect(found.reading).to.deep.equal({ delimiter: ';', comment: '%', header: 3 });
    expect(schema.columns.map(({ decimal }) => decimal)).to.deep.equal([',', undefined, ',']);
    const again = rowsIn(',.', ';', ['Sales; of; June', 'as of today']) + '\n% the end; of it; all; of it\n';
    const path = file('new.csv', again);
    expect(await predicted(path)).to.deep.equal(expected);
    const loaded = await loadModel(model);
    for (const rows of [path, Buffer.from(again)]) {
      expect((await loaded.predict(rows, { strict: true })).map(({ prediction }) => prediction)).to.deep.equal(
        expected,
      );
    }
    loaded.dispose();
    const served = await ServedModel.open(readFileSync(model), { name: 'm', version: 1, sha256: '' });
    const body = Buffer.from(again);
    const [outcome] = await served.answer([{ body, type: 'csv', answer: 'csv' }], { strict: true });
    served.dispose();
    expect(outcome.ok && String(outcome.body).trimEnd().split('\n').slice(1).map(Number)).to.deep.equal(expected);
  });

  it('may be followed by files that are laid out otherwise', async () => {
    expect(await predicted(file('tabs.txt', rowsIn(',.', '\t')))).to.deep.equal(expected);
    expect(await predicted(file('points.csv', rowsIn('.,', ',')), { decimal: '.' })).to.deep.equal(expected);
  });

  it('may be followed by tables that hold numbers, which have points', async () => {
    const cells = NEW.map(({ size, town }) => ({ size, town }));
    expect(await predicted(file('new.json', JSON.stringify(cells)))).to.deep.equal(expected);
    const sheet = [['size', 'town'], ...cells.map(({ size, town }) => [size, town])];
    expect(await predicted(file('new.xlsx', workbookOf({ Data: sheet })))).to.deep.equal(expected);
  });

  it('is told apart from a file of which nothing was said, whose model is of the version that it was', async () => {
    expect((await readBundle(model)).formatVersion).to.equal(5);
    const silent = await modelOf('silent.csv', rowsInPoints());
    const { formatVersion, json } = await readBundle(silent);
    expect(formatVersion).to.be.below(5);
    expect(json['schema']).not.to.have.property('reading');
    expect((await predictFile(silent, file('more.csv', rowsIn('.,', ',')), null)).rows).to.equal(NEW.length);
  });
  const rowsInPoints = (): string =>
    ['size;town;price', ...ROWS.map(({ size, town, price }) => [size, town, price].join(';'))].join('\n');

  it('may be read by models of earlier versions, which remember nothing', async () => {
    const old = resolve(import.meta.dirname, '../export/fixtures/model-v4-binary.safetensors');
    const path = file('old.csv', 'age;city\n30;Rome\n');
    expect((await predictFile(old, path, null)).rows).to.equal(1);
  });

  it('goes on with a study that was begun before studies remembered it', () => {
    const schema = { version: 1, target: { column: 'y', task: 'regression' }, columns: [], missingTokens: [] };
    const settings = { schema } as unknown as StudySettings;
    const now = { ...settings, schema: { ...settings.schema, reading: SAID } };
    expect(() => requireSame(settings, now)).not.to.throw();
  });

  it('has a note where its decimal sign has no meaning, and nothing to remember', async () => {
    const data = file('rows.json', JSON.stringify(ROWS));
    const { warnings, schema } = await inspect({ data, target: 'price', decimal: ',', delimiter: ';' });
    expect(warnings[0]).to.match(/^The option decimal is for delimited text: rows.json holds numbers/);
    expect(schema).not.to.have.property('reading');
    expect(schema.columns[0]).to.have.property('decimal', '.');
  });

  it('is refused a sign that is none', async () => {
    for (const data of [file('few.csv', 'a,y\n1,2\n'), [{ a: 1, y: 2 }]]) {
      const error = await inspect({ data, target: 'y', decimal: ';' as ',' }).catch((thrown: Error) => thrown);
      expect((error as Error).message).to.equal('decimal: must be "," or ".", got ";".');
    }
  });

  it('is refused as a model whose words for it were changed to no words', async () => {
    const bundle = await readBundle(model);
    for (const reading of [7, { header: 'three' }, { delimiter: 7 }, { delimiter: 'ab' }, { decimal: ';' }, null]) {
      const json = { ...bundle.json, schema: { ...(bundle.json['schema'] as object), reading } };
      const error = await openModelBytes(await encodeBundle({ ...bundle, json })).catch((thrown: Error) => thrown);
      expect((error as Error).message).to.match(
        /^model: must (say in words how files are read|be a model that predicts)/,
      );
    }
  });
});

import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { JsonObject } from '../../src/core/index.js';
import { readSafetensors, ToolkitError, writeSafetensors } from '../../src/core/index.js';
import type { Bundle } from '../../src/export/index.js';
import {
  BUNDLE_VERSION,
  bundleVersion,
  decodeBundle,
  encodeBundle,
  joinBundles,
  SEVERAL_TARGETS,
  splitBundle,
} from '../../src/export/index.js';
import { readBundle, writeBundle } from '../../src/export/node.js';

const BUNDLE: Bundle = {
  formatVersion: BUNDLE_VERSION,
  writer: '0.1.0',
  json: { name: 'Ünïcödé', nested: { list: [1, 0.1, null, true, 5e-324] } },
  tensors: {
    w: { shape: [2, 2], data: Float32Array.of(1, -0, NaN, 3) },
    codes: { shape: [1], data: Int32Array.of(-5) },
  },
};

/** The message of a promise that must fail with one of our errors. */
async function messageOf(promise: Promise<unknown>, kind = 'data'): Promise<string> {
  const error = await promise.then(
    () => expect.fail('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(ToolkitError);
  expect((error as ToolkitError).kind).to.equal(kind);
  return (error as ToolkitError).message;
}

/** The encoded bundle with other metadata. */
async function withMetadata(changes: Record<string, string>): Promise<Uint8Array> {
  const { metadata, tensors } = readSafetensors(await encodeBundle(BUNDLE));
  return writeSafetensors({ metadata: { ...metadata, ...changes }, tensors });
}

describe('model file', () => {
  it('is read back as it was written, to the bit', async () => {
    expect(await decodeBundle(await encodeBundle(BUNDLE))).to.deep.equal(BUNDLE);
  });

  it('is the same bytes for the same model', async () => {
    expect(await encodeBundle(BUNDLE)).to.deep.equal(await encodeBundle(structuredClone(BUNDLE)));
  });

  it('says in its metadata what it is and who wrote it', async () => {
    const { metadata } = readSafetensors(await encodeBundle(BUNDLE));
    expect(metadata).to.include({ format: 'lrnn-automl', format_version: '16', written_by: 'lrnn-automl 0.1.0' });
    expect(metadata['sha256']).to.match(/^[0-9a-f]{64}$/);
    expect(JSON.parse(metadata['model'])).to.deep.equal(BUNDLE.json);
  });

  it('may be laid out anew by another program', async () => {
    const { metadata, tensors } = readSafetensors(await encodeBundle(BUNDLE));
    const reversed = Object.fromEntries(Object.entries(metadata).reverse());
    expect(await decodeBundle(writeSafetensors({ metadata: reversed, tensors }))).to.deep.equal(BUNDLE);
  });

  it('takes tensors on shared memory', async () => {
    const data = new Float32Array(new SharedArrayBuffer(8));
    const { tensors } = await decodeBundle(await encodeBundle({ ...BUNDLE, tensors: { s: { shape: [2], data } } }));
    expect(tensors['s'].data).to.deep.equal(Float32Array.of(0, 0));
  });

  it('refuses numbers that JSON cannot say', async () => {
    const message = await messageOf(encodeBundle({ ...BUNDLE, json: { deep: { score: NaN } } }), 'usage');
    expect(message).to.equal('model: number "score" must be finite, got NaN.');
  });

  it('has the earliest version that says what it holds, so that older programs open what they understand', () => {
    expect(bundleVersion({ members: [] })).to.equal(2);
    expect(bundleVersion({ members: [], combine: { method: 'softmax' } })).to.equal(3);
    const ofColumns = (...columns: JsonObject[]) => bundleVersion({ members: [], schema: { columns } });
    expect(ofColumns({ kind: 'numeric', decimal: ',' }, { kind: 'date', gaps: ['None'] })).to.equal(2);
    for (const style of [{ units: ['$'] }, { signs: true }, { clock: true }, { dateFormat: 'MMM YYYY' }])
      expect(ofColumns({ kind: 'numeric' }, { kind: 'numeric', ...style })).to.equal(4);
    expect(ofColumns({ kind: 'text', words: [] }, { kind: 'ignored', mostWords: 9 })).to.equal(2);
    expect(ofColumns({ kind: 'text', mostWords: 4096 })).to.equal(8);
    expect(ofColumns({ kind: 'ordinal', levels: ['a'], ranks: [0] })).to.equal(12);
    const schema = { columns: [{ kind: 'numeric' }], reading: { delimiter: ';' } };
    expect(bundleVersion({ members: [], schema })).to.equal(5);
    const ofTrees = (...tensors: string[]) => bundleVersion({ members: [{ folds: [{ tensors }] }] });
    expect(ofTrees('feature', 'vectors')).to.equal(2);
    expect(ofTrees('feature', 'set', 'sets')).to.equal(6);
    const ofJson = (json: JsonObject) => bundleVersion({ members: [{ folds: [{ json, tensors: ['sets'] }] }] });
    expect([ofJson({ link: 'log' }), ofJson({ mean: 1 })]).to.deep.equal([7, 6]);
    expect([ofJson({ scaling: { link: 'log' } }), ofJson({ scaling: { mean: 1 } })]).to.deep.equal([10, 6]);
    const ofLayer = (layer: JsonObject) => ofJson({ spec: { kind: 'mlp', layers: [{ width: 2 }, layer] } });
    expect([ofLayer({ width: 2, basis: { hidden: 4 } }), ofLayer({ width: 2 })]).to.deep.equal([11, 6]);
    expect(ofTrees('codes', 'places', 'sets')).to.equal(7);
    const ofRecipe = (kind: string) => bundleVersion({ members: [], recipes: { a: { kind: 'tree' }, b: { kind } } });
    expect([ofRecipe('network'), ofRecipe('native')]).to.deep.equal([2, 6]);
  });

  it('of a newer version says so', async () => {
    expect(await messageOf(decodeBundle(await withMetadata({ format_version: '17' })), 'state')).to.equal(
      'model: format version must be from 1 to 16, got 17. It was written by a newer lrnn-automl; upgrade to open it.',
    );
    for (const version of ['x', '0', '1.5', '']) {
      expect(await messageOf(decodeBundle(await withMetadata({ format_version: version })))).to.equal(
        `model: format version must be from 1 to 16, got "${version}".`,
      );
    }
  });

  it('that has changed since it was written is refused, in texts and in every byte of the data', async () => {
    for (const changes of [{ model: '{}' }, { written_by: 'x' }, { sha256: '0' }, { added: 'text' }]) {
      expect(await messageOf(decodeBundle(await withMetadata(changes)))).to.match(
        /^model: checksum must be .* has changed/,
      );
    }
    const whole = await encodeBundle(BUNDLE);
    for (let place = whole.length - 20; place < whole.length; place++) {
      const changed = whole.slice();
      changed[place] ^= 1;
      expect(await messageOf(decodeBundle(changed))).to.match(/checksum must be/);
    }
  });

  it('without its checksum is refused', async () => {
    const { metadata, tensors } = readSafetensors(await encodeBundle(BUNDLE));
    const { sha256, ...rest } = metadata;
    expect(sha256).to.have.length(64);
    expect(await messageOf(decodeBundle(writeSafetensors({ metadata: rest, tensors })))).to.match(
      /checksum must be there/,
    );
  });

  it('that is cut short says so', async () => {
    const whole = await encodeBundle(BUNDLE);
    expect(await messageOf(decodeBundle(whole.subarray(0, whole.length - 3)))).to.match(
      /cut short; copy or export it again/,
    );
    expect(await messageOf(decodeBundle(whole.subarray(0, 100)))).to.match(/cut short/);
  });

  it('of another kind is no model', async () => {
    const others = [
      new TextEncoder().encode('age,city\n41,Rome\n'),
      new Uint8Array(0),
      writeSafetensors({ metadata: { format: 'pt' }, tensors: {} }),
    ];
    for (const other of others.slice(0, 1).concat(others.slice(2))) {
      expect(await messageOf(decodeBundle(other))).to.match(
        /^model: must be a file written by lrnn-automl, got "another file"/,
      );
    }
    expect(await messageOf(decodeBundle(others[1]))).to.match(/must have a header/);
  });
});

describe('model file on disk', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lrnn-export-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is written whole and leaves nothing beside it', async () => {
    const path = join(folder, 'model.safetensors');
    await writeBundle(path, BUNDLE);
    await writeBundle(path, { ...BUNDLE, writer: '0.2.0' });
    expect((await readBundle(path)).writer).to.equal('0.2.0');
    expect(await readdir(folder)).to.deep.equal(['model.safetensors']);
  });

  it('takes away what a killed process has left beside it, and nothing else', async () => {
    const path = join(folder, 'model.safetensors');
    const { pid } = spawnSync(process.execPath, ['--version']);
    const others = [`model.safetensors.${process.ppid}.tmp`, 'model.safetensors.old.tmp', `a.safetensors.${pid}.tmp`];
    for (const name of [`model.safetensors.${pid}.tmp`, ...others]) await writeFile(join(folder, name), 'cut');
    await writeBundle(path, BUNDLE);
    expect((await readdir(folder)).sort()).to.deep.equal(['model.safetensors', ...others].sort());
  });

  it('stays as it was when a new one cannot be written', async () => {
    const path = join(folder, 'model.safetensors');
    await writeBundle(path, BUNDLE);
    const before = await readFile(path);
    await messageOf(writeBundle(path, { ...BUNDLE, json: { bad: Infinity } }), 'usage');
    expect(await readFile(path)).to.deep.equal(before);
    expect(await readdir(folder)).to.have.length(1);
  });

  it('names the folder that is not there, and the folder that stands in its place', async () => {
    const missing = join(folder, 'nowhere', 'model.safetensors');
    expect(await messageOf(writeBundle(missing, BUNDLE), 'usage')).to.match(
      /^model: must be writable.*There is no such file or folder/,
    );
    const occupied = join(folder, 'occupied');
    await mkdir(occupied);
    expect(await messageOf(writeBundle(occupied, BUNDLE), 'usage')).to.match(/It is a folder/);
    expect(await readdir(folder)).to.deep.equal(['occupied']);
  });

  it('that is not there, or a folder, is reported in one sentence', async () => {
    expect(await messageOf(readBundle(join(folder, 'none')), 'usage')).to.match(
      /^model: must be a readable file.*no such file/,
    );
    expect(await messageOf(readBundle(folder), 'usage')).to.match(/It is a folder/);
  });

  it('that is cut short or empty is refused', async () => {
    const path = join(folder, 'model.safetensors');
    await writeFile(path, (await encodeBundle(BUNDLE)).subarray(0, 300));
    expect(await messageOf(readBundle(path))).to.match(/cut short/);
    await writeFile(path, '');
    expect(await messageOf(readBundle(path))).to.match(/must have a header, got "0 bytes"/);
  });

  it('holds several targets side by side, each as its own file says it', async () => {
    const of = (name: string, weight: number): Bundle => ({
      ...BUNDLE,
      formatVersion: 2,
      json: { name },
      tensors: { 'm/0/w': { shape: [1], data: Float32Array.of(weight) } },
    });
    const joined = joinBundles([of('a', 1), of('b', 2)], '0.1.0');
    expect(joined.formatVersion).to.equal(SEVERAL_TARGETS);
    expect(Object.keys(joined.tensors)).to.deep.equal(['0/m/0/w', '1/m/0/w']);
    const back = splitBundle(await decodeBundle(await encodeBundle(joined)));
    expect(back.map(({ json, tensors }) => [json, tensors['m/0/w'].data[0]])).to.deep.equal([
      [{ name: 'a' }, 1],
      [{ name: 'b' }, 2],
    ]);
    expect(splitBundle(of('a', 1))).to.deep.equal([of('a', 1)]);
    for (const targets of [[], 7, [null], [[1]]]) {
      const broken = { ...joined, json: { targets } as JsonObject };
      expect(() => splitBundle(broken)).to.throw('model: must have a model of each of its targets');
    }
  });
});

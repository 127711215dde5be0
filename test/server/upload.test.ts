import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { expect } from 'chai';

import { Temporaries } from '../../src/server/temporary.js';
import type { Upload } from '../../src/server/upload.js';
import { receiveUpload, settleUpload } from '../../src/server/upload.js';

const BOUNDARY = 'xyzzy';
const HEADERS = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };

type Part = { name: string; value: string; filename?: string };

function bodyOf(parts: readonly Part[], end = `--${BOUNDARY}--\r\n`): string {
  const text = parts.map(({ name, value, filename }) => {
    const file = filename === undefined ? '' : `; filename="${filename}"`;
    return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${value}\r\n`;
  });
  return text.join('') + end;
}

const CSV = { name: 'file', filename: 'car prices.csv', value: 'a,b\n1,2\n' };
const TARGET = { name: 'target', value: 'b' };

describe('receiveUpload', () => {
  const temporaries = new Temporaries();
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-upload-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const receive = (parts: readonly Part[], end?: string, maxBytes = 1000): Promise<Upload> =>
    receiveUpload(Readable.from([Buffer.from(bodyOf(parts, end))]), HEADERS, { temporaries, folder, maxBytes });

  async function fails(work: Promise<unknown>, kind: string, message: string): Promise<void> {
    const error = await work.then(
      () => null,
      (caught: unknown) => caught as Error,
    );
    expect(error).to.have.property('kind', kind);
    expect(error!.message).to.contain(message);
    expect(readdirSync(folder), 'nothing is left').to.deep.equal([]);
  }

  it('writes the file as it came and keeps the fields, in any order', async () => {
    for (const parts of [
      [CSV, TARGET],
      [TARGET, CSV],
    ]) {
      const upload = await receive(parts);
      expect(upload.fields).to.deep.equal({ target: 'b' });
      expect(upload.fileName).to.equal('car prices.csv');
      expect(readFileSync(upload.file, 'utf8')).to.equal(CSV.value);
      expect(upload.file.startsWith(upload.folder)).to.be.true;
    }
  });

  it('keeps a file inside its folder, whatever it is called', async () => {
    for (const filename of ['../../evil.csv', '..\\\\..\\\\evil.csv', '/etc/passwd', '.bashrc', 'a;b.csv']) {
      const upload = await receive([{ ...CSV, filename }]);
      expect(upload.file.slice(upload.folder.length), filename).to.match(/^\/[\p{L}\p{N}_][\p{L}\p{N}._-]*$/u);
    }
  });

  it('keeps a file apart from those that a study makes beside it', async () => {
    for (const filename of ['study.sqlite', 'STUDY.sqlite-wal', 'model.safetensors', 'report.html', 'explain']) {
      const upload = await receive([{ ...CSV, filename }]);
      expect(upload.file.slice(upload.folder.length + 1)).to.match(/^data-/);
    }
  });

  it('takes names and values in any script', async () => {
    const upload = await receive([
      { ...CSV, filename: 'Größe-車.csv' },
      { name: 'target', value: 'Preis €' },
    ]);
    expect([upload.fileName, upload.fields.target]).to.deep.equal(['Größe-車.csv', 'Preis €']);
  });

  it('takes a file of exactly the limit and refuses one byte more', async () => {
    expect((await receive([{ ...CSV, value: 'x'.repeat(999) }])).fileName).to.equal(CSV.filename);
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    await fails(receive([{ ...CSV, value: 'x'.repeat(1001) }]), 'limit', 'upload: file must be at most 1 KiB.');
  });

  it('refuses a form without a file, or with an empty choice', async () => {
    await fails(receive([TARGET]), 'usage', 'file: must be chosen');
    await fails(receive([TARGET, { ...CSV, filename: '', value: '' }]), 'usage', 'file: must be chosen');
    await fails(receive([{ ...CSV, filename: '..' }]), 'usage', 'file: must be chosen');
    await fails(receive([{ name: 'file', value: 'text' }]), 'usage', 'file: must be chosen');
  });

  it('refuses bodies that end early or are no form', async () => {
    await fails(receive([CSV], ''), 'usage', 'upload: must be a complete multipart form');
    const send = (headers: Record<string, string>) =>
      receiveUpload(Readable.from(['x']), headers, { temporaries, folder, maxBytes: 10 });
    await fails(send({ 'content-type': 'text/csv' }), 'usage', 'upload: must be a multipart form, got "text/csv"');
    await fails(send({}), 'usage', 'upload: must be a multipart form');
    await fails(send({ 'content-type': 'multipart/form-data; x=1' }), 'usage', 'complete multipart form');
  });

  it('leaves nothing when the visitor goes away in the middle', async () => {
    const half = new Readable({ read: () => undefined });
    half.push(bodyOf([CSV], '').slice(0, -5));
    const work = receiveUpload(half, HEADERS, { temporaries, folder, maxBytes: 1000 });
    setTimeout(() => half.destroy(new Error('gone')), 20);
    await fails(work, 'usage', 'complete multipart form');
  });

  it('refuses too many and too long fields', async () => {
    const many = Array.from({ length: 460 }, (_, i) => ({ name: `f${i}`, value: '1' }));
    await fails(receive([CSV, ...many]), 'limit', 'upload: too many parts');
    await fails(receive([CSV, { name: 'target', value: 'x'.repeat(20_000) }]), 'limit', 'field target must be at most');
  });

  it('says so when the reports folder cannot be written', async () => {
    const work = receiveUpload(Readable.from([bodyOf([CSV])]), HEADERS, {
      temporaries,
      folder: join(folder, 'none'),
      maxBytes: 1000,
    });
    await fails(work, 'state', 'upload: reports folder must be writable');
  });

  describe('settleUpload', () => {
    it('moves the file into a folder of its name and cleans up', async () => {
      const upload = await receive([CSV]);
      const { name, data } = await settleUpload(upload, folder);
      expect(name).to.equal('car-prices');
      expect(readFileSync(data, 'utf8')).to.equal(CSV.value);
      expect(readdirSync(folder)).to.deep.equal(['car-prices']);
    });

    it('puts a number behind a name that is taken, unless the visitor asked for that name', async () => {
      for (const expected of ['car-prices', 'car-prices-2', 'car-prices-3']) {
        expect((await settleUpload(await receive([CSV]), folder)).name).to.equal(expected);
      }
      const asked = await receive([CSV, { name: 'name', value: 'car-prices' }]);
      const error = await settleUpload(asked, folder).then(
        () => null,
        (caught: Error) => caught,
      );
      expect(error?.message).to.equal(
        'name: must not be taken, got "car-prices". Choose another name, or leave it empty.',
      );
    });
  });
});

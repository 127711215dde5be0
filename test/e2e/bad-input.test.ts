/** @file Everything that can be wrong with a command line and its files: an exit code and one clear sentence each. */

import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

import { expect } from 'chai';

import type { Workspace } from './support/lrnn.js';
import { expectDone, expectRefusal, lrnn, makeWorkspace, words } from './support/lrnn.js';
import type { Row } from './support/tables.js';
import { csv, fruit, FRUIT_HEADER, fruitCsv } from './support/tables.js';

describe('bad input', () => {
  let space: Workspace;
  beforeEach(() => (space = makeWorkspace()));
  afterEach(() => space.remove());

  /** A quick fit of that text; nothing but `grade` to predict. */
  const fit = async (content: string | Uint8Array, ...more: string[]) => {
    const data = space.file('fruit.csv', content);
    const models = words('--models dummy,linear --trials 2 --folds 5 --workers 1');
    return lrnn(['fit', data, '--target', 'grade', '--out', space.join('study'), ...models, ...more]);
  };
  /** Fruit with one thing changed. */
  const changed = (change: (row: Row, i: number) => Row): string => csv(FRUIT_HEADER, fruit(40).map(change));

  describe('in the file', () => {
    afterEach(() => expect(existsSync(space.join('study')), 'a study was begun').to.equal(false));

    it('refuses a file that is not there', async () => {
      const outcome = await lrnn(['fit', space.join('nowhere.csv'), '--target', 'y', '--out', space.join('study')]);
      expectRefusal(outcome, 3, /file must exist.*nowhere\.csv/);
    });

    it('refuses a folder', async () => {
      expectRefusal(
        await lrnn(['fit', space.path, '--target', 'y', '--out', space.join('study')]),
        3,
        /must be a file, not a folder/,
      );
    });

    it('refuses an empty file', async () => expectRefusal(await fit(''), 3, /must not be empty.*0 bytes/));

    it('refuses a header without rows', async () => {
      expectRefusal(await fit(`${FRUIT_HEADER}\n`), 3, /must have rows.*nothing below/);
    });

    it('refuses a row of another length, and names its line', async () => {
      const table = changed((row, i) => (i === 20 ? row.slice(0, 3) : row));
      expectRefusal(await fit(table), 3, /row 21 must have 4 fields.*got 3.*Line 22 of fruit\.csv/);
    });

    it('refuses two columns of the same name', async () => {
      expectRefusal(await fit(csv('a,a,b,grade', fruit(9))), 3, /names must differ, got "a".*columns 1 and 2/);
    });

    it('refuses a binary file', async () => {
      const bytes = Uint8Array.from({ length: 4096 }, (_, i) => (i * 37 + (i >> 3)) & 255);
      expectRefusal(await fit(bytes), 3, /binary file/);
    });

    it('refuses a target that is no column, and suggests one', async () => {
      const data = space.file('fruit.csv', fruitCsv(20));
      const outcome = await lrnn(['fit', data, '--target', 'Grade', '--out', space.join('study')]);
      expectRefusal(outcome, 3, /target: must be a column of fruit\.csv, got "Grade"\. Did you mean "grade"\?/);
    });

    it('refuses a target with one value', async () => {
      const table = changed((row) => [...row.slice(0, 3), 'sweet']);
      expectRefusal(await fit(table), 3, /target: must have at least two values, got "sweet"/);
    });

    it('refuses a target without values', async () => {
      expectRefusal(
        await fit(changed((row) => [...row.slice(0, 3), ''])),
        3,
        /target: must have values, got "no present cell/,
      );
    });

    it('refuses one row', async () =>
      expectRefusal(await fit(csv(FRUIT_HEADER, fruit(1))), 3, /^[a-z]+: must .+\.\n$/));

    it('refuses features that are all constant', async () => {
      const table = changed((row) => [1, 'red', 7, row[3]]);
      expectRefusal(await fit(table), 3, /usable feature.*constant/);
    });

    it('refuses columns that --ignore, --types, --group and --time do not find', async () => {
      const data = space.file('fruit.csv', fruitCsv(30));
      const refuse = async (option: string, value: string, sentence: RegExp) =>
        expectRefusal(
          await lrnn(['fit', data, '--target', 'grade', option, value, '--out', space.join('study')]),
          2,
          sentence,
        );
      await refuse('--ignore', 'color', /ignore: .*"color".*Did you mean "colour"/);
      await refuse('--types', 'wdth=numeric', /types: .*"wdth".*Did you mean "width"/);
      await refuse('--group', 'nobody', /group.*"nobody"/);
      await refuse('--metric', 'rmse', /rmse/);
    });
  });

  describe('that can be mended', () => {
    it('leaves rows without a target out, and says so', async () => {
      const table = changed((row, i) => (i % 10 === 3 ? [...row.slice(0, 3), ''] : row));
      const outcome = await fit(table, '--json');
      expectDone(outcome);
      expect(outcome.stderr).to.equal('Note: 4 of 40 rows have no "grade" and are left out, the first on line 5.\n');
      expect(JSON.parse(outcome.stdout)).to.have.property('rows', 36);
    });

    it('fits a class with fewer rows than folds, and says what it means', async () => {
      const table = changed((row, i) => (i < 3 ? [...row.slice(0, 3), 'rotten'] : row));
      const outcome = await fit(table, '--json');
      expectDone(outcome);
      expect(outcome.stderr).to.match(/^Note: class "rotten" has 3 rows, fewer than the 5 folds.*\.\n$/);
    });

    it('needs at least as many rows as folds', async () => {
      expectRefusal(await fit(fruitCsv(4)), 3, /fold/);
    });
  });

  describe('in the command line', () => {
    it('refuses unknown words with the nearest one', async () => {
      expectRefusal(await lrnn(['fit', 'a.csv', '--traget', 'y']), 2, /got "--traget"\. Did you mean --target\?/);
      expectRefusal(await lrnn(['predicct']), 2, /Did you mean predict\?/);
      expectRefusal(await lrnn(words('fit a.csv --target y --trials 0')), 2, /^--trials: must be/);
    });
  });

  describe('in the study', () => {
    it('leaves a study that exists as it is', async () => {
      expectDone(await fit(fruitCsv(30)));
      const before = readFileSync(space.join('study', 'study.sqlite'));
      expectRefusal(await fit(fruitCsv(30)), 4, /must not hold a study yet.*--resume.*--out/);
      expect(readFileSync(space.join('study', 'study.sqlite')).equals(before)).to.equal(true);
    });

    it('resumes with the same options only', async () => {
      expectDone(await fit(fruitCsv(30)));
      expectRefusal(await fit(fruitCsv(30), '--resume', '--seed', '9'), 2, /seed must be that of the study, got 9/);
      expectRefusal(await fit(fruitCsv(31), '--resume'), 2, /data.*must be that of the study/);
    });

    it('refuses a folder that cannot be made', async () => {
      const data = space.file('fruit.csv', fruitCsv(30));
      space.file('plain', 'a file');
      const line = ['fit', data, '--target', 'grade', '--trials', '1', '--models', 'dummy'];
      expectRefusal(await lrnn([...line, '--out', space.join('plain', 'study')]), 4, /folder must be writable/);
    });

    it('refuses a folder that may not be written', async function () {
      if (process.getuid?.() === 0) this.skip();
      const data = space.file('fruit.csv', fruitCsv(30));
      await mkdir(space.join('locked'));
      await chmod(space.join('locked'), 0o500);
      const line = ['fit', data, '--target', 'grade', '--trials', '1', '--models', 'dummy'];
      expectRefusal(await lrnn([...line, '--out', space.join('locked', 'study')]), 4, /folder must be writable/);
    });

    it('says that a study may not be written, not that somebody else does', async function () {
      if (process.getuid?.() === 0) this.skip();
      expectDone(await fit(fruitCsv(30)));
      await chmod(space.join('study'), 0o500);
      const outcome = await fit(fruitCsv(30), '--resume');
      await chmod(space.join('study'), 0o700);
      expectRefusal(outcome, 4, /must be in a folder that can be written/);
    });

    it('lets one of several starts at one instant run, and tells the others why not', async () => {
      const data = space.file('fruit.csv', fruitCsv(30));
      const line = ['fit', data, '--target', 'grade', '--trials', '1', '--models', 'dummy'];
      const starts = Array.from({ length: 4 }, () => lrnn([...line, '--out', space.join('made', 'by', 'whom')]));
      const outcomes = await Promise.all(starts);
      expect(outcomes.filter(({ code }) => code === 0)).to.have.length(1);
      for (const outcome of outcomes.filter(({ code }) => code !== 0)) {
        expectRefusal(outcome, 4, /is in use: another process is running|folder must not hold a study yet/);
      }
    });

    it('names what show and export do not find', async () => {
      expectRefusal(await lrnn(['show', space.join('nowhere')]), 2, /must hold a study\.sqlite/);
      const line = ['export', space.join('nowhere'), '--format', 'safetensors'];
      expectRefusal(await lrnn(line), 2, /must hold a study\.sqlite/);
    });

    it('refuses a study file that is something else', async () => {
      space.file('study/study.sqlite', 'this is no database, whatever its name says'.repeat(100));
      const outcome = await lrnn(['show', space.join('study')]);
      expect(outcome.code).to.be.oneOf([3, 4]);
      expectRefusal(outcome, outcome.code!, /study\.sqlite/);
    });
  });

  describe('in the model', () => {
    /** A model file, and the rows it was made of. */
    const model = async (): Promise<{ file: string; rows: string; bytes: Buffer }> => {
      expectDone(await fit(fruitCsv(30)));
      const file = space.join('study', 'model.safetensors');
      return { file, rows: space.join('fruit.csv'), bytes: readFileSync(file) };
    };

    it('refuses one that is cut short', async () => {
      const { rows, bytes } = await model();
      for (const length of [0, 5, 200, bytes.length - 1]) {
        const outcome = await lrnn(['predict', space.file('cut.safetensors', bytes.subarray(0, length)), rows]);
        expectRefusal(outcome, 3, /^[\w.]+: .*\.\n$/);
      }
    });

    it('refuses one that was changed', async () => {
      const { rows, bytes } = await model();
      const damaged = Buffer.from(bytes);
      damaged[damaged.length - 3] ^= 0x55;
      expectRefusal(await lrnn(['predict', space.file('bad.safetensors', damaged), rows]), 3, /checksum|damaged/i);
    });

    it('refuses one of a newer version, and says to upgrade', async () => {
      const { rows, bytes } = await model();
      const length = Number(bytes.readBigUInt64LE(0));
      const header = bytes.subarray(8, 8 + length).toString('utf8');
      expect(header).to.match(/format_?version/i);
      const newer = header.replace(/(format_?[vV]ersion\\?"\s*:\s*\\?"?)\d+/, '$1999');
      expect(newer).not.to.equal(header);
      const size = Buffer.alloc(8);
      size.writeBigUInt64LE(BigInt(Buffer.byteLength(newer)));
      const file = Buffer.concat([size, Buffer.from(newer), bytes.subarray(8 + length)]);
      expectRefusal(
        await lrnn(['predict', space.file('new.safetensors', file), rows]),
        4,
        /format version must be .*, got 999\. It was written by a newer/,
      );
    });

    it('refuses what is no model, and what is not there', async () => {
      const rows = space.file('rows.csv', fruitCsv(5));
      expectRefusal(await lrnn(['predict', rows, rows]), 3, /must be a file written by lrnn-automl/);
      expectRefusal(await lrnn(['predict', space.join('nowhere'), rows]), 3, /must exist/);
    });

    it('refuses rows with none of its columns', async () => {
      const { file } = await model();
      const rows = space.file('other.csv', 'x,y\n1,2\n');
      expectRefusal(await lrnn(['predict', file, rows]), 3, /model's columns.*width/);
    });

    it('refuses to write predictions where it cannot', async () => {
      const { file, rows } = await model();
      expectRefusal(await lrnn(['predict', file, rows, '-o', space.join('no', 'where.csv')]), 4, /must be writable/);
    });
  });

  describe('in the server', () => {
    it('refuses a port that is taken', async () => {
      const other = createServer();
      await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
      try {
        const { port } = other.address() as AddressInfo;
        const outcome = await lrnn(['serve', '--port', String(port)], { cwd: space.path });
        expectRefusal(outcome, 4, new RegExp(`port must be free, got ${port}.*--port`));
      } finally {
        other.close();
      }
    });

    it('refuses a reports folder that cannot be made', async () => {
      const file = space.file('plain', 'a file');
      expectRefusal(await lrnn(['serve', `${file}/reports`, '--port', '0']), 2, /reports folder must exist/);
      expectRefusal(await lrnn(['serve', file, '--port', '0']), 4, /reports folder must be/);
      const nope = space.join('nope');
      expectRefusal(await lrnn(['serve', nope, '--port', '0']), 2, /^serve: reports folder must exist, got /);
      expect(existsSync(nope)).to.equal(false);
    });
  });
});

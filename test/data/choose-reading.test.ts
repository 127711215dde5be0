import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { ToolkitError } from '../../src/core/index.js';
import type { ReadingOptions } from '../../src/data/index.js';
import type { CsvOptions } from '../../src/data/node.js';
import { readCsvBlocks, readTable } from '../../src/data/node.js';
import { workbookOf } from '../support/xlsx.js';

const NAMES = ['price', 'town'];
const AS_FIT: ReadingOptions = { delimiter: ';', decimal: ',', comment: '%', header: 3 };
const FIT_FILE = 'Report; of; sales\nmade in May\nprice;town\n1,5;Rome\n% a comment;of three;cells\n2,5;Bern\n';

describe('a file of new rows for a model that remembers how its table was read', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-reading-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The cells, by both ways to a file and from its bytes, which must agree. */
  const cells = async (
    text: string | Uint8Array,
    reading: ReadingOptions,
    given: CsvOptions = {},
  ): Promise<unknown> => {
    const path = join(folder, 'rows.txt');
    writeFileSync(path, text);
    const options = { ...given, remembered: { reading, names: NAMES } };
    const whole = (await readTable(path, options)).table.objects();
    const blocks: unknown[] = [];
    for await (const { table } of readCsvBlocks(path, { ...options, blockRows: 1 })) blocks.push(...table.objects());
    expect(blocks).to.deep.equal(whole);
    expect((await readTable(Buffer.from(text), options)).table.objects()).to.deep.equal(whole);
    return whole;
  };
  const refusal = async (...args: Parameters<typeof cells>): Promise<string> => {
    const error = await cells(...args).then(
      () => expect.fail('nothing was refused'),
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(ToolkitError);
    return (error as ToolkitError).message;
  };

  const ROWS = [
    { price: '1,5', town: 'Rome' },
    { price: '2,5', town: 'Bern' },
  ];

  it('is read as that table was', async () => {
    expect(await cells(FIT_FILE, AS_FIT)).to.deep.equal(ROWS);
  });

  it('is read by the usual guess where that finds more of the columns', async () => {
    expect(await cells('town,price\nRome,"1,5"\nBern,"2,5"\n', AS_FIT)).to.deep.equal(
      ROWS.map(({ price, town }) => ({ town, price })),
    );
    expect(await cells('price\ttown\n1,5\tRome\n2,5\tBern\n', { delimiter: ';' })).to.deep.equal(ROWS);
    expect(await cells(JSON.stringify(ROWS), AS_FIT)).to.deep.equal(ROWS);
  });

  it('keeps the signs where only the place of the names is another', async () => {
    expect(await cells('price;town\n1,5;Rome\n% a comment;of three;cells\n2,5;Bern\n', AS_FIT)).to.deep.equal(ROWS);
  });

  it('is read by what is given now before what is remembered', async () => {
    const text = '# above\nprice;town\n1,5;Rome\n2,5;Bern\n# below\n';
    expect(await cells(text, { ...AS_FIT, header: undefined }, { comment: '#' })).to.deep.equal(ROWS);
  });

  it('finds the sheet of the fit among others, and another one where that is gone', async () => {
    const sheet = [['price', 'town'], ...ROWS.map(({ price, town }) => [price, town])];
    const other = [['remark'], ['nothing here']];
    expect(await cells(workbookOf({ Notes: other, Sales: sheet }), { sheet: 'Sales' })).to.deep.equal(ROWS);
    expect(await cells(workbookOf({ 'Sales 2': sheet }), { sheet: 'Sales' })).to.deep.equal(ROWS);
    expect(await cells('price;town\n1,5;Rome\n2,5;Bern\n', { sheet: 'Sales' })).to.deep.equal(ROWS);
  });

  it('is refused with what was tried where no way finds a column of the model', async () => {
    expect(await refusal('a,b\n1,2\n', AS_FIT)).to.equal(
      'columns: must include some of the model\'s columns (price, town), got "a, b". rows.txt was read as the file of the fit was ' +
        '(delimiter ";", comment "%", header 3) and by the usual guess.',
    );
    expect(await refusal(workbookOf({ Notes: [['remark'], ['x']] }), { sheet: 'Sales' })).to.match(/sheet "Sales"/);
  });

  it('is refused as always where it cannot be read in any way', async () => {
    expect(await refusal('', AS_FIT)).to.match(/file must not be empty/);
    expect(await refusal('', { sheet: 'Sales' })).to.match(/file must not be empty/);
    const broken = FIT_FILE.replace('2,5;Bern', '2,5;Bern;too much');
    expect(await refusal(broken, AS_FIT)).to.match(/row 2 must have 2 fields.*Line 6 of rows\.txt/);
    expect(await refusal('price;town\n"1;Rome\n', { delimiter: ';' })).to.match(/every quote must be closed/);
  });
});

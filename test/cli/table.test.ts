import { expect } from 'chai';

import { tableLines } from '../../src/cli/table.js';
import { displayWidth, paint } from '../../src/cli/text.js';

const plain = { width: Infinity, paint: paint({ color: false }) };

describe('tableLines', () => {
  it('prints titles alone when there are no rows', () => {
    expect(tableLines([{ title: 'a' }, { title: 'b' }], [], plain)).to.deep.equal(['  a  b']);
  });

  it('aligns by cells, wide characters included', () => {
    const lines = tableLines(
      [{ title: 'name' }, { title: 'n', align: 'right' }],
      [
        ['日本', '1'],
        ['Köln', '22'],
        ['🚗', '333'],
      ],
      plain,
    );
    expect(lines).to.deep.equal(['  name    n', '  日本    1', '  Köln   22', '  🚗    333']);
    expect(new Set(lines.map(displayWidth)).size).to.equal(1);
  });

  it('cuts at the limit of a column, and what gives way when the line is full', () => {
    const columns = [{ title: 'a', maxWidth: 5 }, { title: 'b', shrinks: true }, { title: 'c' }];
    const rows = [['abcdefgh', 'x'.repeat(40), 'end']];
    expect(tableLines(columns, rows, plain)[1]).to.equal(`  abcd…  ${'x'.repeat(40)}  end`);
    const [head, line] = tableLines(columns, rows, { ...plain, width: 30 });
    expect(line).to.equal(`  abcd…  ${'x'.repeat(15)}…  end`);
    expect(displayWidth(line)).to.equal(30);
    expect(head).to.equal('  a      b                 c');
  });

  it('overflows rather than hide everything on a terminal without room', () => {
    const [, line] = tableLines([{ title: 'a', shrinks: true }], [['x'.repeat(20)]], { ...plain, width: 3 });
    expect(line).to.equal(`  ${'x'.repeat(7)}…`);
  });

  it('makes cells harmless', () => {
    const [, line] = tableLines([{ title: 'a' }], [['\u001b[31mred\nnext']], plain);
    expect(line).to.equal('  \\u001b[31mred\\nnext');
  });

  it('paints the titles and the row that stands out', () => {
    const lines = tableLines([{ title: 'a' }], [['x'], ['y']], { width: 80, paint: paint({ color: true }), strong: 1 });
    expect(lines).to.deep.equal(['\u001b[1m  a\u001b[0m', '  x', '\u001b[32m  y\u001b[0m']);
  });
});

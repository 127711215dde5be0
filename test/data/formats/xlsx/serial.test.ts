import { expect } from 'chai';

import { builtInMeaning, meaningOf } from '../../../../src/data/formats/xlsx/serial.js';

describe('meaningOf', () => {
  for (const [format, meaning] of [
    ['General', 'number'],
    ['0.00', 'number'],
    ['#,##0.00\\ "days"', 'number'],
    ['[Red]-0.0%', 'number'],
    ['_-* #,##0.00\\ [$€-407]_-', 'number'],
    ['0.00E+00', 'number'],
    ['@', 'number'],
    ['yyyy-mm-dd', 'date'],
    ['d/m/yy h:mm', 'date'],
    ['mmm', 'date'],
    ['[$-411]ggge"年"m"月"d"日"', 'date'],
    ['h:mm AM/PM', 'time'],
    ['mm:ss.0', 'time'],
    ['[h]:mm:ss', 'elapsed'],
    ['[mm]:ss', 'elapsed'],
    ['0;"yes";"no"', 'number'],
  ] as const) {
    it(`takes ${format} for a ${meaning}`, () => expect(meaningOf(format)).to.equal(meaning));
  }

  it('knows the formats that have no text', () => {
    expect([0, 9, 14, 20, 22, 45, 46, 47, 49].map(builtInMeaning)).to.deep.equal([
      ...['number', 'number', 'date', 'time', 'date', 'time', 'elapsed', 'time', 'number'],
    ]);
  });
});

/** @file Codes are texts in every way to a prediction: no artefact takes two of them for one. */

import { expect } from 'chai';

import { decodeOnnx, encodeOnnx, planOf, selfTestOf } from '../../src/export/index.js';
import { fittedParts } from '../support/fitted.js';
import type { Ways } from '../support/ways.js';
import { agreed, waysOf } from '../support/ways.js';

const CODES = ['1610521604143693812', '1610521604143693813', '1610521604143693800', '01', '1', '1E2', '100'];

/** The value, or the class, is the place of the code. */
function table(target: (place: number) => string): string {
  const rows = Array.from({ length: 140 }, (_, i) => `${CODES[i % 7]},${(i * 13) % 29}.5,${target(i % 7)}`);
  return `code,x,y\n${rows.join('\n')}\n`;
}

describe('codes in every way to a prediction', () => {
  const open: Ways[] = [];
  after(() => Promise.all(open.map((ways) => ways.close())));

  it('tell levels apart that one double stands for, and take a rounded number for none of them', async () => {
    const csv = table((place) => String(10 * place + 0.5));
    const parts = await fittedParts({
      csv,
      target: 'y',
      types: { code: 'categorical' },
      members: [{ family: 'linear', params: { alpha: 1e-6 } }],
    });
    const ways = await waysOf(parts);
    open.push(ways);
    const known = await agreed(
      ways,
      CODES.map((code) => ({ code, x: 3 })),
    );
    known.forEach((value, place) => expect(value).to.be.closeTo(10 * place + 0.5, 0.5));
    // As JSON.parse gives them: the digits of the first are lost, and its rounded text is a level.
    const rounded = await agreed(ways, [
      { code: Number(CODES[0]), x: 3 },
      { code: 'never seen', x: 3 },
      { code: 1610521604143693812n, x: 3 },
      { code: 100, x: 3 },
    ]);
    expect(rounded[0]).to.equal(rounded[1]);
    expect(rounded.slice(2)).to.deep.equal([known[0], known[6]]);
  });

  it('name classes as they are written', async () => {
    const parts = await fittedParts({
      csv: table((place) => CODES[place]),
      target: 'y',
      types: { code: 'categorical' },
      members: [{ family: 'linear' }],
    });
    expect(parts.schema.target.classes).to.deep.equal([
      '01',
      '1',
      '100',
      '1E2',
      ...CODES.slice(2, 3),
      ...CODES.slice(0, 2),
    ]);
    const ways = await waysOf(parts);
    open.push(ways);
    const numbers = await agreed(
      ways,
      CODES.map((code) => ({ code, x: 3 })),
    );
    const { classes } = parts.schema.target;
    const told = CODES.map((_, row) => {
      const own = numbers.slice(7 * row, 7 * row + 7);
      return classes[own.indexOf(Math.max(...own))];
    });
    expect(told).to.deep.equal(CODES);
    const content = { writer: '0', metric: 'logloss', study: {}, selfTest: selfTestOf([], new Float32Array(0)) };
    const { schema } = await decodeOnnx(await encodeOnnx(planOf(parts), content));
    expect(schema.target.classes).to.deep.equal(classes);
  });
});

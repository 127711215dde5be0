/** @file ONNX files bear the earliest version whose programs read them as they are meant. */

import { expect } from 'chai';

import { decodeOnnx, encodeOnnx, ONNX_VERSION, planOf, selfTestOf } from '../../src/export/index.js';
import { fittedParts } from '../support/fitted.js';

const ROWS = Array.from({ length: 60 }, (_, i) => `${i % 7},${i % 3 === 0 ? 'no' : 'yes'}`);
const CONTENT = { writer: '0', metric: 'logloss', study: {}, selfTest: selfTestOf([], new Float32Array(0)) };
const COSTS = [
  [0, 5],
  [1, 0],
];

describe('the version of an ONNX file', () => {
  it('is the third of counts for an exposure, the second where costs decide, and else the first; all are read', async () => {
    expect(ONNX_VERSION).to.equal(4);
    const parts = await fittedParts({ csv: `x,y\n${ROWS.join('\n')}\n`, target: 'y', members: [{ family: 'linear' }] });
    for (const [costs, version] of [
      [null, '1'],
      [COSTS, '2'],
    ] as const) {
      const bytes = await encodeOnnx(planOf({ ...parts, ...(costs && { costs }) }), CONTENT);
      const text = Buffer.from(bytes).toString('latin1');
      // The key, the tag of the value, its length, the value.
      expect(/format_version\x12\x01(\d)/.exec(text)?.[1]).to.equal(version);
      expect((await decodeOnnx(bytes)).sureness.costs).to.deep.equal(costs);
    }
    const csv = `x,units,y\n${ROWS.map((_, i) => `${i % 7},${1 + (i % 5)},${i % 3}`).join('\n')}\n`;
    const counts = await fittedParts({
      csv,
      target: 'y',
      task: 'count',
      types: { units: 'ignored' },
      members: [{ family: 'linear' }],
    });
    const { schema } = counts;
    const target = { ...schema.target, exposure: 'units' };
    const bytes = await encodeOnnx(planOf({ ...counts, schema: { ...schema, target } }), CONTENT);
    expect(/format_version\x12\x01(\d)/.exec(Buffer.from(bytes).toString('latin1'))?.[1]).to.equal('3');
    expect((await decodeOnnx(bytes)).inputs.at(-1)).to.include({ column: 'units', kind: 'exposure' });
  });
});

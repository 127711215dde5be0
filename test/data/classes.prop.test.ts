import { expect } from 'chai';
import fc from 'fast-check';

import { classesOf, labeller } from '../../src/data/classes.js';
import { encodeRows, inferSchema } from '../../src/data/index.js';
import { parseCsv } from '../../src/data/node.js';
import type { NumberStyle } from '../../src/data/numbers.js';
import { parseNumber, plainWriting } from '../../src/data/numbers.js';

/** Numbers and what looks like them: long ones, leading zeros, exponents, all ways of writing one number. */
const digits = fc.stringMatching(/^\d{1,22}$/);
const numberish = fc.oneof(
  digits,
  fc
    .tuple(fc.constantFrom('', '+', '-'), digits, fc.constantFrom('', '.', '.0', '.00', '.5', '.50'))
    .map((parts) => parts.join('')),
  fc
    .tuple(fc.constantFrom('1610521604143693', '9007199254740'), fc.stringMatching(/^\d{3}$/))
    .map((parts) => parts.join('')),
  fc
    .tuple(fc.integer({ min: 0, max: 30 }), fc.constantFrom('e', 'E', 'e+', 'e-'), fc.integer({ min: 0, max: 4 }))
    .map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom('', '0', '00'), fc.integer({ min: 0, max: 12 })).map((parts) => parts.join('')),
  fc.constantFrom('a', '1a', '.', '-', '+', 'inf', '-0', '0', '.5', '0x1', '1,5', '1.5', '1,234', "1'234"),
);
const styles: readonly NumberStyle[] = [
  { decimal: '.' },
  { decimal: ',' },
  { decimal: '.', thousands: ',' },
  { decimal: ',', thousands: '.' },
  { decimal: '.', thousands: "'" },
];

/** By long arithmetic: the two texts are decimal numbers without an exponent or a leading zero, and equal. */
function isSamePlainNumber(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => /^([+-]?)(0|[1-9]\d*)?(?:\.(\d*))?$/.exec(text));
  if (!x || !y || [x, y].some((match) => !/\d/.test(match[0]))) return false;
  const scaled = ([, sign, whole = '', fraction = '']: RegExpExecArray): bigint =>
    BigInt(whole + fraction.padEnd(30, '0')) * (sign === '-' ? -1n : 1n);
  return scaled(x) === scaled(y);
}

const column = { name: 'y', kind: 'categorical', reason: '', missingCount: 0, distinctCount: 0 } as const;

describe('classes', () => {
  it('merge two texts exactly when they are the same number in plain writing', () => {
    fc.assert(
      fc.property(numberish, numberish, (a, b) => {
        const counts = new Map([a, b].map((text) => [text, 1]));
        const classes = classesOf(column, counts);
        const label = labeller(classes, column);
        const isOne = a === b || isSamePlainNumber(a, b);
        expect(classes).to.have.length(isOne ? 1 : 2);
        expect(label(a) === label(b)).to.equal(isOne);
        expect(classes[label(a)]).to.be.oneOf([a, b]);
      }),
      { numRuns: 2000 },
    );
  });

  it('are found again by every one of their texts, in every style, and equal ones have equal numbers', () => {
    fc.assert(
      fc.property(fc.array(numberish, { minLength: 1 }), fc.constantFrom(...styles), (texts, style) => {
        const styled = { ...column, ...style } as never;
        const classes = classesOf(styled, new Map(texts.map((text) => [text, 1])));
        const label = labeller(classes, styled);
        for (const text of texts) {
          const found = classes[label(text)];
          if (found !== text) expect(parseNumber(found, style)).to.equal(parseNumber(text, style));
        }
        expect(new Set(classes.map(label)).size).to.equal(classes.length);
      }),
    );
  });

  it('keep a plain writing that is read back as the same number', () => {
    fc.assert(
      fc.property(numberish, fc.constantFrom(...styles), (text, style) => {
        const plain = plainWriting(text, style);
        if (plain === undefined) return;
        expect(Number(plain)).to.equal(parseNumber(text, style) + 0);
        expect(plainWriting(plain)).to.equal(plain);
      }),
    );
  });
});

describe('levels', () => {
  it('are one only where the texts are equal, and ids keep all of theirs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(digits, { minLength: 2, maxLength: 12 }), async (codes) => {
        const rows = Array.from({ length: 40 }, (_, i) => `"${codes[i % codes.length]}",${i % 3},${(i * i) % 7}.5`);
        const csv = await parseCsv(`code,x,y\n${rows.join('\n')}\n`);
        const { schema } = inferSchema(csv, { target: 'y' });
        const [found] = schema.columns;
        if (found.kind !== 'categorical') return;
        expect(found.levels).to.have.members(codes);
        const { frame, summary } = encodeRows(
          codes.map((code) => ({ code, x: 1 })),
          schema,
        );
        expect({ ...summary.unseenCategories }).to.deep.equal({});
        expect(new Set((frame.columns[0] as { codes: Int32Array }).codes).size).to.equal(codes.length);
      }),
      { numRuns: 50 },
    );
  });
});

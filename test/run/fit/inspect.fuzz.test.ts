/**
 * @file Awkward files by the thousand: whatever they hold, a dry run ends with a table or one sentence.
 * LRNN_FUZZ=20000 tries more of them than a run of all tests has time for.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Rng, ToolkitError } from '../../../src/core/index.js';
import { inspect } from '../../../src/run/fit/inspect.js';

const FILES = Number(process.env.LRNN_FUZZ ?? 300);

/** Cells that tempt a reader: quotes, breaks, signs of other scripts, numbers, dates and codes of all kinds. */
const CELLS = [
  ...[
    '',
    ' ',
    '0',
    '1',
    '-1',
    '1.5',
    '1,5',
    '1.234,56',
    '1e309',
    '-0',
    '007',
    '1610521604143693812',
    '12%',
    '$1,234.50',
    '(12)',
    '−5',
  ],
  ...[
    'NA',
    'None',
    '#N/A',
    '\\N',
    'null',
    '?',
    'nan',
    'inf',
    'true',
    'FALSE',
    'yes',
    'No',
    'A',
    'b',
    'b ',
    'Zürich',
    'Zu\u0308rich',
  ],
  ...[
    '2021-03-16',
    '16/03/2021',
    '27-JAN-15',
    '15:59',
    '3:59 PM',
    '2021-03-16 08:56:20.74+02',
    '0000-00-00',
    '99999999',
  ],
  ...[
    '"',
    '""',
    '"a"',
    '"a',
    'a"',
    '"a"b',
    'a"b"',
    '\\"',
    '"\\""',
    '"a\nb"',
    '"a\r\nb"',
    '"a,b"',
    '";"',
    '"\t"',
    "'",
    '`',
    '#',
    '=1+1',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '<script>',
    '{"a":1}',
    '[1]',
    '\u200b',
    '\ufeff',
    '\u2028',
    '🦉',
    'السعر',
    '价格',
    '\u202e',
    '\u0000',
  ],
  ...[
    'x'.repeat(300),
    '9'.repeat(400),
    '-'.repeat(40),
    ','.repeat(3),
    'e'.repeat(20),
    '1:2:3:4:5',
    '....',
    '++--',
    '1_000',
    '0x1f',
    '٣',
  ],
];
const ENDS = ['\n', '\r\n', '\r', '\n\n', ''];
const PREFIXES = [
  '',
  '',
  '',
  '',
  '\ufeff',
  'sep=;\n',
  '# note\n',
  'Report\n\n',
  '\n\n',
  ' \n',
  '{',
  '<html>',
  '%PDF',
  ',,,\n',
];

/** One file: mostly a table, with some of everything that goes wrong. */
function awkward(rng: Rng): { bytes: Buffer; names: readonly string[] } {
  const pick = <T>(list: readonly T[]): T => list[rng.integer(list.length)];
  const [columns, rows] = [1 + rng.integer(6), rng.integer(40)];
  const delimiter = pick([',', ',', ';', '\t', '|', '^', ' ']);
  const end = rng.uniform() < 0.8 ? pick(['\n', '\r\n', '\r']) : '';
  const usual = Array.from({ length: columns }, () => Array.from({ length: 1 + rng.integer(5) }, () => pick(CELLS)));
  const odd = rng.uniform() < 0.4 ? 0 : rng.uniform() * 0.2;
  const names = Array.from({ length: columns }, (_, j) => (rng.uniform() < 0.9 ? `c${j}` : pick(CELLS)));
  const record = (cells: readonly string[]): string => {
    const all = rng.uniform() < odd / 4 ? [...cells, pick(CELLS)] : rng.uniform() < odd / 4 ? cells.slice(1) : cells;
    return all.join(delimiter) + (end === '' ? pick(ENDS) : end);
  };
  const body = Array.from({ length: rows }, () =>
    record(usual.map((cells) => pick(rng.uniform() < odd ? CELLS : cells))),
  );
  const text = pick(PREFIXES) + record(names) + body.join('');
  const encoding = pick(['utf8', 'utf8', 'utf8', 'latin1', 'utf16le'] as const);
  const bytes = Buffer.from(text, encoding);
  if (rng.uniform() < 0.1 && bytes.length > 0) bytes[rng.integer(bytes.length)] = rng.integer(256);
  return { bytes: rng.uniform() < 0.05 ? bytes.subarray(0, rng.integer(bytes.length + 1)) : bytes, names };
}

/** What the dry run of a file ends with: null, or the error that is no sentence of ours. */
async function bugOf(data: string, target: string): Promise<unknown> {
  try {
    await inspect({ data, target });
    return null;
  } catch (error) {
    return error instanceof ToolkitError ? null : error;
  }
}

describe('inspect, given awkward files,', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'lrnn-fuzz-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it(`ends with a table or one sentence for each of ${FILES}`, async function () {
    this.timeout(0);
    const first = Number(process.env.TEST_SEED ?? 1) * 1_000_000;
    for (let seed = first; seed < first + FILES; seed++) {
      const { bytes, names } = awkward(new Rng(seed));
      const path = join(folder, 'fuzz.csv');
      writeFileSync(path, bytes);
      const bug = await bugOf(path, names[names.length - 1]);
      if (bug !== null) throw new Error(`seed ${seed}: ${JSON.stringify(bytes.toString('latin1'))}`, { cause: bug });
    }
  });
});

/** @file Dates as numbers: calendar parts, cycles as points on a circle for networks, and days since 1970. All in UTC. */

import type { JsonObject, Matrix } from '../core/index.js';
import type { Frame } from '../data/index.js';
import { columnNamed } from './columns.js';
import type { NumbersFit } from './numbers.js';
import { fitNumbers, gather, numbersNames, writeNumbers } from './numbers.js';
import type { FittedTransformer, NumberKind } from './transformer.js';

const MS_PER_HOUR = 3_600_000;
const MS_PER_DAY = 24 * MS_PER_HOUR;

/** What a part is called, how it is read off a date, and for cycles the length of one turn and its first value. */
export interface DatePart {
  readonly name: string;
  readonly read: (epochMs: number) => number;
  readonly cycle?: { readonly length: number; readonly start: number };
}

/** All parts that a date may become. */
export const DATE_PARTS: readonly DatePart[] = [
  { name: 'year', read: (ms) => new Date(ms).getUTCFullYear() },
  { name: 'month', read: (ms) => new Date(ms).getUTCMonth() + 1, cycle: { length: 12, start: 1 } },
  { name: 'day', read: (ms) => new Date(ms).getUTCDate() },
  {
    name: 'weekday',
    read: (ms) => ((((Math.floor(ms / MS_PER_DAY) + 3) % 7) + 7) % 7) + 1,
    cycle: { length: 7, start: 1 },
  },
  {
    name: 'hour',
    read: (ms) => (((ms % MS_PER_DAY) + MS_PER_DAY) % MS_PER_DAY) / MS_PER_HOUR,
    cycle: { length: 24, start: 0 },
  },
  { name: 'day of year', read: dayOfYear, cycle: { length: 365.25, start: 1 } },
  { name: 'days since 1970', read: (ms) => ms / MS_PER_DAY },
];

/** One part as it was fitted: a number, or a cycle that becomes sine and cosine. Plain JSON. */
interface PartFit {
  readonly part: string;
  readonly numbers: NumbersFit | null;
}

interface DateFit {
  readonly type: 'date';
  readonly kind: NumberKind;
  readonly column: string;
  readonly hasIndicator: boolean;
  readonly parts: readonly PartFit[];
}

/**
 * The parts of a date column that vary over the training rows: year, month, day, weekday (1 is Monday), hour with its
 * fraction, day of the year and days since 1970.
 *
 * For trees all as numbers, NaN where the date is missing. For networks month, weekday, hour and day of the year become
 * sine and cosine (0, 0 where missing) and the others scaled numbers. "is missing" is a column if training rows had gaps.
 */
export function fitDate(kind: NumberKind, frame: Frame, column: string, rows: Uint32Array): FittedTransformer {
  const dates = gather(columnNamed(frame, column, 'date').epochMs, rows);
  const parts: PartFit[] = [];
  for (const part of DATE_PARTS) {
    const values = dates.map(part.read);
    if (!varies(values)) continue;
    const isNumber = kind === 'tree' || !part.cycle;
    const numbers = isNumber ? { ...fitNumbers(kind, `${column}: ${part.name}`, values), hasIndicator: false } : null;
    parts.push({ part: part.name, numbers });
  }
  const gaps = dates.reduce((count, ms) => count + (Number.isNaN(ms) ? 1 : 0), 0);
  return dateParts({ type: 'date', kind, column, hasIndicator: gaps > 0 && gaps < dates.length, parts });
}

/** From its JSON. */
export function restoreDate(json: JsonObject): FittedTransformer {
  return dateParts(json as unknown as DateFit);
}

function dateParts(fit: DateFit): FittedTransformer {
  const { column, parts, hasIndicator } = fit;
  const blocks = parts.map((part) => ({ part, names: partNames(column, part) }));
  return {
    names: [...blocks.flatMap(({ names }) => names), ...(hasIndicator ? [`${column} is missing`] : [])],
    transform(frame: Frame, out: Matrix, offset: number): void {
      const { epochMs } = columnNamed(frame, column, 'date');
      let at = offset;
      for (const { part, names } of blocks) {
        writePart(part, epochMs, out, at);
        at += names.length;
      }
      if (!hasIndicator) return;
      for (let i = 0; i < epochMs.length; i++) out.data[i * out.cols + at] = Number.isNaN(epochMs[i]) ? 1 : 0;
    },
    toJSON: () => ({ ...fit }) as unknown as JsonObject,
  };
}

function partNames(column: string, { part, numbers }: PartFit): string[] {
  return numbers ? numbersNames(numbers) : [`${column}: ${part} (sin)`, `${column}: ${part} (cos)`];
}

function writePart({ part, numbers }: PartFit, epochMs: Float64Array, out: Matrix, offset: number): void {
  const { read, cycle } = DATE_PARTS.find(({ name }) => name === part) as DatePart;
  const values = epochMs.map(read);
  if (numbers || !cycle) {
    if (numbers) writeNumbers(numbers, values, out, offset);
    return;
  }
  const { data, cols } = out;
  for (let i = 0; i < values.length; i++) {
    const angle = (2 * Math.PI * (values[i] - cycle.start)) / cycle.length;
    data[i * cols + offset] = Number.isNaN(angle) ? 0 : Math.sin(angle);
    data[i * cols + offset + 1] = Number.isNaN(angle) ? 0 : Math.cos(angle);
  }
}

function varies(values: Float64Array): boolean {
  const first = values.find((value) => !Number.isNaN(value));
  return first !== undefined && values.some((value) => !Number.isNaN(value) && value !== first);
}

function dayOfYear(epochMs: number): number {
  const newYear = Date.UTC(2000, 0, 1);
  const date = new Date(newYear);
  date.setUTCFullYear(new Date(epochMs).getUTCFullYear(), 0, 1);
  return Math.floor((epochMs - date.getTime()) / MS_PER_DAY) + 1;
}
